namespace Concordat.Log;

/// <summary>
/// Makes a new log. In this order, each step durable before the next: 1. the file of segment 0, zeros; 2. its header; 3. a first mark (by
/// <c>WriteAheadLog.Open</c>). A crash before 2 leaves zeros or part of a header and nothing else: the next start makes the log again;
/// one before 3 leaves a log without frames, and the next start writes the mark. As soon as there is a mark, a missing header is damage, so
/// an identity that somebody was given is never silently replaced.
/// </summary>
internal static class LogCreation
{
    internal static void Create(ILogStorage storage, LogOptions options)
    {
        foreach (long leftover in SegmentImage.Numbers(storage).OrderDescending())
        {
            storage.Delete(LogFormat.SegmentName(leftover));
            storage.SyncDirectory();
        }

        using var segment = storage.Create(LogFormat.SegmentName(0), options.SegmentSizeBytes);
        storage.SyncDirectory();
        byte[] header = new byte[LogFormat.SegmentHeaderBytes];
        new SegmentHeader(options.NewIdentity(), 0, 0, 0, options.SegmentSizeBytes).Write(header);
        segment.Write(header, 0);
        segment.Sync();
    }
}
