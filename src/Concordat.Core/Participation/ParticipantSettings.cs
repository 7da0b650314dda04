namespace Concordat.Core.Participation;

/// <summary>The named maxima and waits of a <see cref="ParticipantMachine"/>.</summary>
public sealed record ParticipantSettings
{
    /// <summary>
    /// The resource manager has a durable store beside the participant's log, so it may hold a branch that the log does not know
    /// of after a crash. Then the log first says "preparing", durably, and a restart undoes what never became a yes.
    /// </summary>
    public required bool HasOwnStore { get; init; }

    /// <summary>Branches that have not ended. Beyond: 503.</summary>
    public int MaxBranches { get; init; } = 10_000;

    /// <summary>Ended branches that are remembered. Beyond: 503, since forgetting one early could apply it twice.</summary>
    public int MaxRemembered { get; init; } = 1_000_000;

    /// <summary>Coordinators whose <c>endedBefore</c> is kept. A further one gets 503.</summary>
    public int MaxCoordinators { get; init; } = 256;

    /// <summary>Callers that wait for one branch. Beyond: 503.</summary>
    public int MaxCallersPerBranch { get; init; } = 8;

    /// <summary>Inquiries on their way at once; the others queue.</summary>
    public int MaxInquiries { get; init; } = 32;

    /// <summary>How long after its yes, or after a restart, a branch waits at most before it asks. The contract's limit is 10 s.</summary>
    public TimeSpan InquireAfter { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The wait between inquiries, and between attempts of a resource manager that fails.</summary>
    public Backoff Retry { get; init; } = new(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(60));

    /// <summary>How long after its deadline a prepare is still believed. Covers two clocks that disagree.</summary>
    public TimeSpan LatenessAllowance { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a failed prepare is kept for a repetition after its deadline, before the branch is undone.</summary>
    public TimeSpan FailedPrepareGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The same in one phase, after the last attempt. Much longer than a coordinator waits between two attempts: where it comes back after
    /// this, the answer is no.
    /// </summary>
    public TimeSpan FailedOnePhaseGrace { get; init; } = TimeSpan.FromMinutes(5);
}
