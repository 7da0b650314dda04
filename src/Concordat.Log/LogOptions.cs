namespace Concordat.Log;

/// <summary>Sizes of a log. A log may be reopened with other sizes: existing segments keep theirs.</summary>
public sealed record LogOptions
{
    public const int MinSegmentSizeBytes = 4 * 1024;
    public const int MaxSpareSegments = 64;
    public const int MaxSegmentSizeBytes = 1024 * 1024 * 1024;

    /// <summary>Size of a new segment file, a multiple of 8; 4 KiB to 1 GiB.</summary>
    public int SegmentSizeBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How many preallocated segments wait to be used; 1 to 64.</summary>
    public int SpareSegments { get; init; } = 2;

    /// <summary>
    /// Largest payload of one record. 0 means half a segment. A frame never spans segments, so a segment may end with nearly this much
    /// unused: the smaller the limit, the more of the preallocated space <see cref="WriteAheadLog.RoomBytes"/> can promise.
    /// </summary>
    public int MaxRecordBytes { get; init; }

    /// <summary>A staging buffer larger than this is given back after its flush instead of being kept.</summary>
    public int MaxRetainedBufferBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Only measures how long a sync takes.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the identity of a new log: unlike any other, for ever.</summary>
    internal Func<Guid> NewIdentity { get; init; } = Guid.NewGuid;

    public void Validate()
    {
        Check(SegmentSizeBytes is >= MinSegmentSizeBytes and <= MaxSegmentSizeBytes && SegmentSizeBytes % LogFormat.Alignment == 0,
            nameof(SegmentSizeBytes), $"is {SegmentSizeBytes}; it must be a multiple of 8 from {MinSegmentSizeBytes} to {MaxSegmentSizeBytes}.");
        Check(SpareSegments is >= 1 and <= MaxSpareSegments, nameof(SpareSegments), $"is {SpareSegments}; it must be from 1 to {MaxSpareSegments}.");
        int largest = SegmentSizeBytes - LogFormat.SegmentHeaderBytes - LogFormat.FrameHeaderBytes;
        Check(MaxRecordBytes >= 0 && MaxRecordBytes <= largest, nameof(MaxRecordBytes),
            $"is {MaxRecordBytes}; it must be from 0 (half a segment) to {largest}, or the segments larger.");
        Check(MaxRetainedBufferBytes >= 0, nameof(MaxRetainedBufferBytes), $"is {MaxRetainedBufferBytes}; it must not be negative.");
    }

    /// <summary>As <see cref="MaxRecordBytes"/>, with half a segment in place of 0.</summary>
    public int EffectiveMaxRecordBytes =>
        MaxRecordBytes > 0 ? MaxRecordBytes : (SegmentSizeBytes / 2) - LogFormat.SegmentHeaderBytes - LogFormat.FrameHeaderBytes;

    private static void Check(bool condition, string setting, string problem)
    {
        if (!condition) throw new ArgumentException($"{setting} {problem}", setting);
    }
}
