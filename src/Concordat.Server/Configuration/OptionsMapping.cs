using Concordat.Core;
using Concordat.Log;

namespace Concordat.Server.Configuration;

/// <summary>From the settings to what the core and the log take.</summary>
public static class OptionsMapping
{
    public static CoordinatorOptions ToCoordinatorOptions(this ServerOptions options) => new()
    {
        MaxBranches = options.Limits.MaxBranches,
        MaxUndecided = options.Limits.MaxUndecided,
        MaxBacklogPerParticipant = options.Limits.MaxBacklogPerParticipant,
        MaxSagas = options.Limits.MaxSagas,
        MaxParticipants = options.Limits.MaxParticipants,
        MaxLocksPerTransaction = options.Limits.MaxLocksPerTransaction,
        MaxLocks = options.Limits.MaxLocks,
        CallsPerParticipant = options.Limits.CallsPerParticipant,
        Retry = new(TimeSpan.FromSeconds(options.Retry.InitialSeconds), TimeSpan.FromSeconds(options.Retry.MaxSeconds)),
        Probe = new(TimeSpan.FromSeconds(options.Retry.ProbeInitialSeconds), TimeSpan.FromSeconds(options.Retry.ProbeMaxSeconds)),
        HazardInterval = TimeSpan.FromSeconds(options.Retry.HazardSeconds),
        RetentionAge = TimeSpan.FromSeconds(options.Storage.RetentionSeconds),
        RetentionCount = options.Storage.RetentionCount,
        MaxIdempotencyKeys = options.Storage.MaxIdempotencyKeys,
    };

    public static LogOptions ToLogOptions(this ServerOptions options) => new()
    {
        SegmentSizeBytes = options.Storage.SegmentSizeBytes,
        SpareSegments = options.Storage.SpareSegments,
    };
}
