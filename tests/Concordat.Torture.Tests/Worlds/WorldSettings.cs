using System.Text.Json.Nodes;

namespace Concordat.Torture.Tests.Worlds;

internal sealed record WorldSettings
{
    /// <summary>Of every transfer, to its decision.</summary>
    internal TimeSpan TransferTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of one call to a bank.</summary>
    internal TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Short, so that the coordinator's log lets files go while it is tortured too.</summary>
    internal TimeSpan Retention { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>With the smallest files, so that a fault often falls into the making of one, and quick to ask again.</summary>
    internal JsonObject ForCoordinator() => new()
    {
        ["Concordat"] = new JsonObject
        {
            ["Storage"] = new JsonObject { ["SegmentSizeBytes"] = 64 * 1024, ["RetentionSeconds"] = Retention.TotalSeconds },
            ["Limits"] = new JsonObject { ["MaxBranches"] = 10, ["MaxLabels"] = 0 },
            ["Timeouts"] = new JsonObject { ["AttemptSeconds"] = CallTimeout.TotalSeconds },
            ["Retry"] = new JsonObject { ["InitialSeconds"] = 0.05, ["MaxSeconds"] = 0.3, ["ProbeInitialSeconds"] = 0.05, ["ProbeMaxSeconds"] = 0.3 },
        },
    };
}
