using Concordat.Log;

namespace Concordat.Simulation;

/// <summary>How one run ended.</summary>
public sealed record SimulationResult
{
    public required ulong Seed { get; init; }

    /// <summary>Null where every invariant held.</summary>
    public required ViolationException? Violation { get; init; }

    /// <summary>Over everything that happened: equal for equal seeds and options.</summary>
    public required ulong Hash { get; init; }

    /// <summary>How often a process did something.</summary>
    public required long Events { get; init; }

    /// <summary>How many crash points were passed.</summary>
    public required long CrashPoints { get; init; }

    public required int Transactions { get; init; }

    public required int Participants { get; init; }

    /// <summary>How many faults were planned, the network's own accidents aside.</summary>
    public required int Faults { get; init; }

    /// <summary>The disks as they are at the end: the coordinator's first, then each participant's on the SDK.</summary>
    public required IReadOnlyList<(string Name, MemoryLogStorage Disk)> Disks { get; init; }

    /// <summary>In words, where it was asked for.</summary>
    public required IReadOnlyList<string> Story { get; init; }
}
