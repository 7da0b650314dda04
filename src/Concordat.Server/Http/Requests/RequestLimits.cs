using Concordat.Server.Configuration;

namespace Concordat.Server.Http;

/// <summary>What requests are measured by.</summary>
internal sealed record RequestLimits
{
    public const int MaxListLimit = 1000;
    public const int DefaultListLimit = 50;
    public const double MaxWaitSeconds = 300;
    public const int MaxUrlLength = 2048;
    public const int MaxStatementLength = 1000;

    public required double DefaultTimeoutSeconds { get; init; }
    public required double MaxTimeoutSeconds { get; init; }
    public required double SagaDefaultTimeoutSeconds { get; init; }
    public required double SagaMaxTimeoutSeconds { get; init; }
    public required int MaxBranches { get; init; }
    public required int MaxLocks { get; init; }
    public required int MaxLabels { get; init; }
    public required int MaxLabelValueLength { get; init; }

    public static RequestLimits From(ServerOptions options) => new()
    {
        DefaultTimeoutSeconds = options.Timeouts.DefaultSeconds,
        MaxTimeoutSeconds = options.Timeouts.MaxSeconds,
        SagaDefaultTimeoutSeconds = options.Timeouts.SagaDefaultSeconds,
        SagaMaxTimeoutSeconds = options.Timeouts.SagaMaxSeconds,
        MaxBranches = options.Limits.MaxBranches,
        MaxLocks = options.Limits.MaxLocksPerTransaction,
        MaxLabels = options.Limits.MaxLabels,
        MaxLabelValueLength = options.Limits.MaxLabelValueLength,
    };
}
