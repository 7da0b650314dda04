using Concordat.Core;
using Concordat.Log;

namespace Concordat.Server.Engine;

public sealed record EngineOptions
{
    public CoordinatorOptions Coordinator { get; init; } = new();

    /// <summary>A record holds at most what a request can: 4 MiB of body, and what is added to it.</summary>
    public LogOptions Log { get; init; } = new() { SegmentSizeBytes = 64 * 1024 * 1024, MaxRecordBytes = 5 * 1024 * 1024 };

    /// <summary>The data directory is a copy from earlier: nothing is presumed of what began before this start.</summary>
    public bool Restored { get; init; }

    /// <summary>Requests that wait for the engine's thread. Beyond it: 503.</summary>
    public int MaxQueuedRequests { get; init; } = 10_000;

    /// <summary>
    /// A checkpoint is written when the log has grown by this much since the last, or by four times the last, whichever is more.
    /// A little less than a segment: a checkpoint begins a new one, and what is left of the old one was zero-filled for nothing.
    /// </summary>
    public long CheckpointBytes { get; init; } = 60 * 1024 * 1024;

    /// <summary>What is appended and waits to be written. Beyond it the engine takes in nothing until it is less.</summary>
    public long MaxStagedBytes { get; init; } = 64 * 1024 * 1024;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
