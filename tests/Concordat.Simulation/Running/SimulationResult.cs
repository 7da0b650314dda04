namespace Concordat.Simulation;

/// <summary>How one seed ended.</summary>
/// <param name="Violation">Null where every invariant held.</param>
/// <param name="Hash">Over everything that happened: equal for equal seeds and options.</param>
/// <param name="Events">What processes did.</param>
/// <param name="CrashPoints">How many crash points were passed.</param>
/// <param name="Story">In words, where it was asked for.</param>
public sealed record SimulationResult(
    ulong Seed,
    ViolationException? Violation,
    ulong Hash,
    long Events,
    long CrashPoints,
    int Transactions,
    int Participants,
    int Faults,
    IReadOnlyList<string> Story);
