namespace Concordat.Core;

/// <summary>The named maxima and times of the coordinator. All are checked by <see cref="Validate"/>.</summary>
public sealed record CoordinatorOptions
{
    public int MaxBranches { get; init; } = 100;

    /// <summary>Transactions that are not decided. Beyond it: 503.</summary>
    public int MaxUndecided { get; init; } = 100_000;

    /// <summary>Sagas that have not ended. Beyond it: 503.</summary>
    public int MaxSagas { get; init; } = 100_000;

    /// <summary>Decided branches that wait for one participant. Beyond it: 503 for transactions that name it.</summary>
    public int MaxBacklogPerParticipant { get; init; } = 100_000;
    public int MaxParticipants { get; init; } = 10_000;

    /// <summary>Keys that one transaction may lock.</summary>
    public int MaxLocksPerTransaction { get; init; } = 1000;

    /// <summary>Locks that are held or awaited, by all transactions. Beyond it: 503.</summary>
    public int MaxLocks { get; init; } = 1_000_000;

    /// <summary>Calls under way to one participant: for prepares, for commits and rollbacks, for actions of sagas, and for their compensations, each.</summary>
    public int CallsPerParticipant { get; init; } = 64;

    /// <summary>The wait after a branch's failed call, doubled with every failure.</summary>
    public Backoff Retry { get; init; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));

    /// <summary>The wait between two probes of a participant that is down.</summary>
    public Backoff Probe { get; init; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));

    /// <summary>How often a branch in hazard is asked again.</summary>
    public TimeSpan HazardInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a finished transaction and its idempotency key are kept, not counting time in which the coordinator was down.</summary>
    public TimeSpan RetentionAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many finished transactions without a key are kept.</summary>
    public int RetentionCount { get; init; } = 1_000_000;

    /// <summary>How many idempotency keys are kept. They never go early: when full, keyed requests are refused.</summary>
    public int MaxIdempotencyKeys { get; init; } = 1_000_000;

    /// <summary>How many transactions one list request looks at before it hands out a cursor.</summary>
    public int ListScanLimit { get; init; } = 5_000;

    /// <summary>The largest payload that the log takes: what would be larger is done another way, or refused.</summary>
    public int MaxRecordBytes { get; init; } = int.MaxValue;

    /// <summary>What a record takes in the log beyond its payload.</summary>
    public int RecordOverheadBytes { get; init; } = 64;

    /// <exception cref="ArgumentException">Names the setting that is out of range.</exception>
    public void Validate()
    {
        Positive(MaxBranches, nameof(MaxBranches));
        Positive(MaxUndecided, nameof(MaxUndecided));
        Positive(MaxSagas, nameof(MaxSagas));
        Positive(MaxBacklogPerParticipant, nameof(MaxBacklogPerParticipant));
        Positive(MaxParticipants, nameof(MaxParticipants));
        Positive(MaxLocksPerTransaction, nameof(MaxLocksPerTransaction));
        Positive(MaxLocks, nameof(MaxLocks));
        Positive(CallsPerParticipant, nameof(CallsPerParticipant));
        Positive(RetentionCount, nameof(RetentionCount));
        Positive(MaxIdempotencyKeys, nameof(MaxIdempotencyKeys));
        Positive(ListScanLimit, nameof(ListScanLimit));
        Positive(MaxRecordBytes, nameof(MaxRecordBytes));
        Positive(RetentionAge.Ticks, nameof(RetentionAge));
        Positive(HazardInterval.Ticks, nameof(HazardInterval));
        Positive(Retry.Initial.Ticks, nameof(Retry));
        Positive(Probe.Initial.Ticks, nameof(Probe));
    }

    private static void Positive(long value, string name)
    {
        if (value <= 0)
        {
            throw new ArgumentException($"{name} is {value}; it must be more than 0");
        }
    }
}
