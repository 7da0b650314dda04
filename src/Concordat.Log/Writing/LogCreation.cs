namespace Concordat.Log;

/// <summary>
/// Makes a new log. In this order, each step durable before the next: 1. the file of segment 0, zeros; 2. its header; 3. a first mark.
/// A crash before 2 leaves zeros or part of a header and nothing else: the next start makes the log again. As soon as there is a mark, a
/// missing header is damage, so an identity that somebody was given is never silently replaced.
/// </summary>
internal static class LogCreation
{
    internal static void Create(ILogStorage storage, int segmentSize)
    {
        foreach (long leftover in SegmentImage.Numbers(storage).OrderDescending())
        {
            storage.Delete(LogFormat.SegmentName(leftover));
            storage.SyncDirectory();
        }

        var identity = Guid.NewGuid();
        using var segment = storage.Create(LogFormat.SegmentName(0), segmentSize);
        storage.SyncDirectory();
        byte[] bytes = new byte[LogFormat.SegmentHeaderBytes + LogFormat.FrameHeaderBytes];
        new SegmentHeader(identity, 0, 0, 0, segmentSize).Write(bytes);
        segment.Write(bytes.AsSpan(0, LogFormat.SegmentHeaderBytes), 0);
        segment.Sync();
        var mark = bytes.AsSpan(LogFormat.SegmentHeaderBytes);
        Frame.Stage(mark, LogFormat.IdleMark, []);
        Frame.Seal(mark, Frame.Seed(identity, 0), 0, 0, 0);
        segment.Write(mark, LogFormat.SegmentHeaderBytes);
        segment.Sync();
    }
}
