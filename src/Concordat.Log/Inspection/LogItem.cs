namespace Concordat.Log;

/// <summary>One thing that an inspection finds, in the order of the files.</summary>
/// <param name="Segment">Name of the file.</param>
/// <param name="Offset">Where in that file.</param>
public abstract record LogItem(string Segment, long Offset);

/// <summary>A segment with a valid header begins.</summary>
public sealed record LogSegmentItem(string Segment, long SizeBytes, Guid Identity, long Number, LogPosition FirstPosition, LogPosition DurablePosition)
    : LogItem(Segment, 0);

/// <summary>A file of zeros: preallocated, not yet used.</summary>
public sealed record LogSpareItem(string Segment, long SizeBytes) : LogItem(Segment, 0);

/// <summary>A file that does not begin with a header that this build reads, and is not all zeros.</summary>
public sealed record LogHeaderlessItem(string Segment, long SizeBytes, string Reason) : LogItem(Segment, 0);

/// <summary>A frame whose own checksum is right.</summary>
/// <param name="Segment">Name of the file.</param>
/// <param name="Offset">Where in that file.</param>
/// <param name="Position">What the frame says of its own place in the log.</param>
/// <param name="Type">A record's type, or a mark's.</param>
/// <param name="Payload">A mark has none.</param>
/// <param name="DurablePosition">What was durable when it was written.</param>
/// <param name="Problem">Null, or why it cannot stand where it stands.</param>
public sealed record LogFrameItem(
    string Segment, long Offset, LogPosition Position, byte Type, ReadOnlyMemory<byte> Payload, LogPosition DurablePosition, string? Problem)
    : LogItem(Segment, Offset)
{
    public bool IsMark => Type >= LogFormat.FirstReservedType;
}

/// <summary>Bytes that are no frame although something stands there or behind them.</summary>
public sealed record LogBadRegionItem(string Segment, long Offset, long Length, string Reason) : LogItem(Segment, Offset);

public enum LogCondition
{
    /// <summary>No log, or one whose creation did not end.</summary>
    Empty,
    Sound,

    /// <summary>The next start erases what is behind the position.</summary>
    TornTail,

    /// <summary>The next start refuses.</summary>
    Damaged,

    /// <summary>Written by another version.</summary>
    Unknown,
}

/// <summary>The last item: what a start would say.</summary>
/// <param name="Segment">The file that it is about; empty when there is none.</param>
/// <param name="Offset">Where in that file the good frames end.</param>
/// <param name="Condition">The judgement.</param>
/// <param name="Position">Where the good frames end.</param>
/// <param name="Reason">Empty when sound.</param>
public sealed record LogVerdictItem(string Segment, long Offset, LogCondition Condition, LogPosition Position, string Reason)
    : LogItem(Segment, Offset);
