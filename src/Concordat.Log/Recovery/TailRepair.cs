namespace Concordat.Log;

/// <summary>
/// Makes a judged log ready to be continued. A crash between or within the steps leaves a log that is judged the same way:
/// 1. Frames that no later frame attests are written again, as they are, and synced. They may be in the page cache only, and where an earlier
///    sync failed the system holds them for clean: a mere sync would succeed and make nothing durable.
/// 2. Everything behind the last good frame is zeroed and synced. (Half done: still bad at the same place, still no evidence against it.)
/// 3. Files behind that are no whole segments (half-created spares) go, the last one first, so that no gap appears.
/// </summary>
internal static class TailRepair
{
    private const int ChunkBytes = 64 * 1024;

    internal static List<FileBehind> Repair(ILogStorage storage, ScanResult scan, int segmentSize)
    {
        foreach (var info in scan.Segments) Rewrite(storage, scan, info);
        var tail = scan.Segments[^1];
        Erase(storage, tail.Number, LogFormat.SegmentHeaderBytes + (scan.End - tail.FirstPosition), alwaysSync: false);
        var spares = scan.Behind;
        int keep = 0;
        while (keep < spares.Count && spares[keep].SizeBytes == segmentSize) keep++;
        for (int i = spares.Count - 1; i >= keep; i--)
        {
            storage.Delete(LogFormat.SegmentName(spares[i].Number));
            storage.SyncDirectory();
        }

        // Their creator may have died between creating and syncing them.
        foreach (var spare in spares[..keep]) Erase(storage, spare.Number, 0, alwaysSync: true);
        storage.SyncDirectory();
        return spares[..keep];
    }

    private static void Rewrite(ILogStorage storage, ScanResult scan, SegmentInfo info)
    {
        int index = scan.Segments.IndexOf(info);
        long endPosition = index + 1 < scan.Segments.Count ? scan.Segments[index + 1].FirstPosition : scan.End;
        bool headerToo = info.FirstPosition >= scan.Attested;
        if (endPosition <= scan.Attested && !headerToo) return;
        long from = headerToo ? 0 : LogFormat.SegmentHeaderBytes + (scan.Attested - info.FirstPosition);
        byte[] bytes = new byte[LogFormat.SegmentHeaderBytes + (endPosition - info.FirstPosition) - from];
        using var segment = storage.Open(LogFormat.SegmentName(info.Number), writable: true);
        if (segment.Read(bytes, from) != bytes.Length) throw new IOException($"'{storage.Location}/{segment.Name}' became shorter.");
        segment.Write(bytes, from);
        segment.Sync();
    }

    private static void Erase(ILogStorage storage, long number, long from, bool alwaysSync)
    {
        using var segment = storage.Open(LogFormat.SegmentName(number), writable: true);
        byte[] chunk = new byte[ChunkBytes];
        bool wrote = false;
        for (long offset = from; offset < segment.Length; offset += ChunkBytes)
        {
            var part = chunk.AsSpan(0, (int)Math.Min(ChunkBytes, segment.Length - offset));
            if (segment.Read(part, offset) != part.Length) throw new IOException($"'{storage.Location}/{segment.Name}' became shorter.");
            if (!part.ContainsAnyExcept((byte)0)) continue;
            part.Clear();
            segment.Write(part, offset);
            wrote = true;
        }

        if (wrote || alwaysSync) segment.Sync();
    }
}
