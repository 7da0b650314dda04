namespace Concordat.Log;

/// <summary>
/// Shows all that is in a log, also a damaged one or one in use. Takes no lock and writes nothing. Of a log in use, what is being written
/// at that moment may look like a torn tail.
/// </summary>
public static class LogInspector
{
    public static IEnumerable<LogItem> Inspect(ILogStorage storage)
    {
        ArgumentNullException.ThrowIfNull(storage);
        return Items(storage);
    }

    private static IEnumerable<LogItem> Items(ILogStorage storage)
    {
        var numbers = SegmentImage.Numbers(storage);
        var walk = new Walk(new SegmentImage(storage), IdentityOf(storage, numbers));
        foreach (long number in numbers)
        {
            foreach (var item in walk.Segment(number)) yield return item;
        }

        yield return Judge(storage);
    }

    private static LogVerdictItem Judge(ILogStorage storage)
    {
        try
        {
            var scan = new LogScanner(storage, _ => (_, _, _) => { }).Scan();
            if (scan.IsNew) return new LogVerdictItem("", 0, LogCondition.Empty, default, "no log was completely created here");
            var tail = scan.Segments[^1];
            return new LogVerdictItem(
                LogFormat.SegmentName(tail.Number),
                LogFormat.SegmentHeaderBytes + (scan.End - tail.FirstPosition),
                scan.TailIsTorn ? LogCondition.TornTail : LogCondition.Sound,
                new LogPosition(scan.End),
                scan.TailProblem);
        }
        catch (LogDamagedException e)
        {
            return new LogVerdictItem(Path.GetFileName(e.Segment), e.Offset, LogCondition.Damaged, e.Position, e.Reason);
        }
        catch (LogVersionException e)
        {
            return new LogVerdictItem("", 0, LogCondition.Unknown, default, e.Message);
        }
    }

    /// <summary>Any readable header will do: frames of a segment whose own header is gone can still be verified.</summary>
    private static Guid IdentityOf(ILogStorage storage, List<long> numbers)
    {
        foreach (long number in numbers)
        {
            using var segment = storage.Open(LogFormat.SegmentName(number), writable: false);
            byte[] bytes = new byte[LogFormat.SegmentHeaderBytes];
            int read = segment.Read(bytes, 0);
            try
            {
                if (SegmentHeader.Read(bytes.AsSpan(0, read), segment.Name) is { } header) return header.Identity;
            }
            catch (LogVersionException)
            {
                // Reported when the walk comes to this segment.
            }
        }

        return default;
    }

    private sealed class Walk(SegmentImage image, Guid identity)
    {
        private long _expected = -1;
        private uint _previousCrc;

        internal List<LogItem> Segment(long number)
        {
            string name = LogFormat.SegmentName(number);
            var items = new List<LogItem>();
            try
            {
                image.Load(number);
            }
            catch (Exception e) when (e is LogVersionException or LogDamagedException)
            {
                items.Add(new LogHeaderlessItem(name, 0, e.Message));
                return items;
            }

            var bytes = image.Bytes;
            if (!bytes.ContainsAnyExcept((byte)0))
            {
                items.Add(new LogSpareItem(name, bytes.Length));
                return items;
            }

            if (image.Header is { } header)
            {
                items.Add(new LogSegmentItem(name, bytes.Length, header.Identity, header.Number, new LogPosition(header.FirstPosition),
                    new LogPosition(header.DurablePosition)));
                if (_expected < 0) _expected = header.FirstPosition;
            }
            else
            {
                items.Add(new LogHeaderlessItem(name, bytes.Length, "the segment header is missing or damaged"));
            }

            Frames(name, bytes, Frame.Seed(image.Header?.Identity ?? identity, number), items);
            return items;
        }

        private void Frames(string name, ReadOnlySpan<byte> bytes, uint seed, List<LogItem> items)
        {
            int offset = LogFormat.SegmentHeaderBytes;
            while (offset < bytes.Length)
            {
                if (Frame.TryRead(bytes[offset..], seed, out var frame, out string problem))
                {
                    items.Add(Item(name, offset, frame, bytes.Slice(offset + LogFormat.FrameHeaderBytes, frame.PayloadBytes)));
                    offset += frame.Bytes;
                    continue;
                }

                int start = offset;
                do offset += LogFormat.Alignment;
                while (offset < bytes.Length && !Frame.TryRead(bytes[offset..], seed, out _, out _));
                if (offset >= bytes.Length) offset = bytes.Length;
                var region = bytes[start..offset];
                // Zeros up to the end are free space.
                int length = offset == bytes.Length ? region.LastIndexOfAnyExcept((byte)0) + 1 : region.Length;
                if (length > 0) items.Add(new LogBadRegionItem(name, start, length, problem));
            }
        }

        private LogFrameItem Item(string name, int offset, in Frame frame, ReadOnlySpan<byte> payload)
        {
            string? problem = null;
            if (_expected >= 0 && frame.Position != _expected) problem = $"position {_expected} was expected here";
            else if (_expected > 0 && _previousCrc != 0 && frame.PreviousCrc != _previousCrc) problem = "does not follow the frame before it";
            _expected = frame.End;
            _previousCrc = frame.Crc;
            return new LogFrameItem(name, offset, new LogPosition(frame.Position), frame.Type, payload.ToArray(),
                new LogPosition(frame.DurablePosition), problem);
        }
    }
}
