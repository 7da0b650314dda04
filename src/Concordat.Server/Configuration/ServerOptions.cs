using Concordat.Server.Databases;

namespace Concordat.Server.Configuration;

/// <summary>
/// Everything that can be set, bound from the section <c>Concordat</c> of a configuration file and from environment variables
/// such as <c>Concordat__Storage__Path</c>. Each setting has a row in docs/configuration.md; ranges are in <see cref="ServerOptionsValidation"/>.
/// </summary>
public sealed class ServerOptions
{
    public const string Section = "Concordat";

    /// <summary>The address under which participants reach this server, for <c>inquiryUrl</c>. Null takes the first address that is listened on.</summary>
    public string? PublicUrl { get; set; }
    public StorageOptions Storage { get; set; } = new();
    public TimeoutOptions Timeouts { get; set; } = new();
    public RetryOptions Retry { get; set; } = new();
    public LimitOptions Limits { get; set; } = new();
    public AuthOptions Auth { get; set; } = new();
    public ShutdownOptions Shutdown { get; set; } = new();

    /// <summary>Databases that the server sweeps by itself, by the names of their resources.</summary>
    public IDictionary<string, DatabaseOptions> Resources { get; init; } = new Dictionary<string, DatabaseOptions>(StringComparer.OrdinalIgnoreCase);
}

public sealed class StorageOptions
{
    /// <summary>The data directory.</summary>
    public string Path { get; set; } = "./data";

    /// <summary>How long finished transactions and idempotency keys are kept.</summary>
    public double RetentionSeconds { get; set; } = 3600;

    /// <summary>How many finished transactions without a key are kept.</summary>
    public int RetentionCount { get; set; } = 1_000_000;

    /// <summary>How many idempotency keys are kept; when full, keyed requests are refused.</summary>
    public int MaxIdempotencyKeys { get; set; } = 1_000_000;

    /// <summary>Size of a new file of the log.</summary>
    public int SegmentSizeBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How many preallocated files of the log wait to be used.</summary>
    public int SpareSegments { get; set; } = 2;
}

public sealed class TimeoutOptions
{
    /// <summary>Time to the decision, where a request does not say.</summary>
    public double DefaultSeconds { get; set; } = 60;

    /// <summary>The longest that a request may ask for.</summary>
    public double MaxSeconds { get; set; } = 86_400;

    /// <summary>Time to the completion of a saga, where a request does not say.</summary>
    public double SagaDefaultSeconds { get; set; } = 3600;

    /// <summary>The longest that a saga may ask for.</summary>
    public double SagaMaxSeconds { get; set; } = 2_592_000;

    /// <summary>How long one call to a participant may take, where a saga's step does not say.</summary>
    public double AttemptSeconds { get; set; } = 10;
}

public sealed class RetryOptions
{
    /// <summary>The wait after a branch's first failed call; doubled with every failure.</summary>
    public double InitialSeconds { get; set; } = 0.1;

    public double MaxSeconds { get; set; } = 30;

    /// <summary>The wait between two probes of a participant that is down; doubled with every failure.</summary>
    public double ProbeInitialSeconds { get; set; } = 0.1;

    public double ProbeMaxSeconds { get; set; } = 5;

    /// <summary>How often a branch in hazard is asked again.</summary>
    public double HazardSeconds { get; set; } = 60;
}

public sealed class LimitOptions
{
    public int MaxBranches { get; set; } = 100;

    /// <summary>Transactions that are not decided.</summary>
    public int MaxUndecided { get; set; } = 100_000;

    /// <summary>Decided branches that wait for one participant.</summary>
    public int MaxBacklogPerParticipant { get; set; } = 100_000;

    public int MaxParticipants { get; set; } = 10_000;

    /// <summary>Sagas that have not ended.</summary>
    public int MaxSagas { get; set; } = 100_000;

    /// <summary>Calls under way to one participant: for prepares, for commits and rollbacks, for actions of sagas, and for their compensations, each.</summary>
    public int CallsPerParticipant { get; set; } = 64;

    /// <summary>Keys that one transaction may lock.</summary>
    public int MaxLocksPerTransaction { get; set; } = 1000;

    /// <summary>Locks that are held or awaited, by all transactions.</summary>
    public int MaxLocks { get; set; } = 1_000_000;

    public int MaxLabels { get; set; } = 32;

    /// <summary>In characters.</summary>
    public int MaxLabelValueLength { get; set; } = 256;

    /// <summary>Requests that wait for an outcome or an end.</summary>
    public int MaxWaitingRequests { get; set; } = 10_000;

    /// <summary>Open connections to this server.</summary>
    public int MaxConnections { get; set; } = 20_000;
}

public sealed class AuthOptions
{
    /// <summary>Bearer tokens that are let in to <c>/v1</c> and <c>/metrics</c>. None: everybody is, which is for loopback only.</summary>
    public IList<string> Tokens { get; init; } = [];
}

public sealed class ShutdownOptions
{
    /// <summary>How long a stop waits for what is decided to be finished.</summary>
    public double DrainSeconds { get; set; } = 10;
}
