namespace Concordat.Log.Oracle;

/// <summary>The five steps of "Reading" in docs/log-format.md, in that order, with no thought for speed.</summary>
public sealed class OracleReader
{
    private const uint KnownVersion = 1;
    private const int LargestSegment = 1 << 30;

    private readonly OracleSegment[] _segments;
    private readonly OracleHeader?[] _headers;
    private readonly List<OracleEntry> _frames = [];

    private OracleReader(IEnumerable<OracleSegment> segments)
    {
        _segments = [.. segments.OrderBy(segment => segment.Number)];
        _headers = [.. _segments.Select(OracleHeader.In)];
    }

    public static OracleJudgement Judge(IEnumerable<OracleSegment> segments) => new OracleReader(segments).Judge();

    private OracleJudgement Judge() =>
        ListSegments() ?? ReadFirstHeader() ?? FollowAndJudgeTheEnd(_headers[0]!.Identity);

    // 1. No segments: no log. A gap in the numbers, or a file that no segment can be: damage.
    private OracleJudgement? ListSegments()
    {
        if (_segments.Length == 0)
        {
            return new OracleJudgement.NoLog();
        }

        for (var i = 1; i < _segments.Length; i++)
        {
            var expected = _segments[i - 1].Number + 1;
            if (_segments[i].Number != expected)
            {
                return Damage(expected, 0, "this segment is missing, later ones are there");
            }
        }

        return _segments.FirstOrDefault(segment => segment.Bytes.Length > LargestSegment) is { } large
            ? Damage(large.Number, 0, "the file is larger than any segment")
            : null;
    }

    // 2. Identity and first position come from the first header; without one, the log's creation was cut or it is damaged.
    private OracleJudgement? ReadFirstHeader()
    {
        var first = _segments[0];
        if (_headers[0] is { } header)
        {
            return JudgeHeader(0, header.Identity, header.FirstPosition)
                ?? (first.Number == 0 && header.FirstPosition != 0
                    ? Damage(first.Number, 0, "the first position of segment 0 is not 0")
                    : null);
        }

        var creationWasCut = first.Number == 0
            && first.IsZeroFrom(OracleHeader.Size)
            && _segments.Skip(1).All(segment => segment.IsZeroFrom(0));
        return creationWasCut ? new OracleJudgement.NoLog() : Damage(first.Number, 0, "the first segment has no valid header");
    }

    private OracleJudgement FollowAndJudgeTheEnd(Guid identity)
    {
        var at = 0;
        var segmentStart = _headers[0]!.FirstPosition;
        var position = segmentStart;
        uint? previousCrc = _segments[0].Number == 0 ? 0u : null;

        while (true)
        {
            // 3. Follow the frames.
            var offset = OffsetOf(position, segmentStart);
            if (OracleFrame.At(_segments[at], offset, identity) is { } frame
                && frame.Position == position
                && (previousCrc is null || frame.PreviousCrc == previousCrc))
            {
                _frames.Add(new OracleEntry(new OraclePlace(_segments[at].Number, offset), frame));
                previousCrc = frame.Crc;
                position += frame.Size;
                continue;
            }

            // 4. The next segment goes on here, or contradicts this one.
            if (at + 1 < _segments.Length && _headers[at + 1] is { } next)
            {
                if (JudgeHeader(at + 1, identity, position) is { } contradiction)
                {
                    return contradiction;
                }

                if (next.FirstPosition == position)
                {
                    at++;
                    segmentStart = position;
                    continue;
                }
            }

            return JudgeTheEnd(identity, at, position, offset);
        }
    }

    // 5. Is what lies behind the end a cut flush, or was it durable?
    private OracleJudgement JudgeTheEnd(Guid identity, int at, long position, int offset)
    {
        var anythingBehind = !_segments[at].IsZeroFrom(offset);
        var durable = HighestDurable(_segments[at], offset, identity);
        for (var later = at + 1; later < _segments.Length; later++)
        {
            if (_headers[later] is { } header)
            {
                if (JudgeHeader(later, identity, position) is { } contradiction)
                {
                    return contradiction;
                }

                durable = Math.Max(durable, header.DurablePosition);
            }

            anythingBehind |= !_segments[later].IsZeroFrom(0);
            durable = Math.Max(durable, HighestDurable(_segments[later], OracleHeader.Size, identity));
        }

        var end = new OraclePlace(_segments[at].Number, offset);
        if (durable > position)
        {
            return new OracleJudgement.Damaged(end, $"no good frame at position {position}, but {durable} was durable");
        }

        if (_segments[0].Number != 0 && _frames.Count == 0)
        {
            return new OracleJudgement.Damaged(end, "older segments were removed, yet not one frame is good");
        }

        var attested = _frames.Count == 0 ? 0 : _frames.Max(entry => entry.Frame.DurablePosition);
        return new OracleJudgement.Sound(identity, _frames, position, end, attested, anythingBehind);
    }

    private static long HighestDurable(OracleSegment segment, int fromOffset, Guid identity)
    {
        var highest = 0L;
        var bytes = segment.Bytes.Span;
        for (var offset = fromOffset; offset < bytes.Length; offset += 8)
        {
            if (bytes[offset] == 0xF7 && OracleFrame.At(segment, offset, identity) is { } frame)
            {
                highest = Math.Max(highest, frame.DurablePosition);
            }
        }

        return highest;
    }

    // A valid header of another version, another log, another segment, or of a place that is already taken.
    private OracleJudgement? JudgeHeader(int index, Guid identity, long notBelow)
    {
        var header = _headers[index]!;
        var number = _segments[index].Number;
        if (header.Version != KnownVersion)
        {
            return new OracleJudgement.OtherVersion(new OraclePlace(number, 0), header.Version);
        }

        if (header.Identity != identity)
        {
            return Damage(number, 0, "the header is of another log");
        }

        if (header.Number != number)
        {
            return Damage(number, 0, $"the header is of segment {header.Number}");
        }

        return header.FirstPosition < notBelow
            ? Damage(number, 0, $"the header begins at {header.FirstPosition}, where the segment before has good frames to {notBelow}")
            : null;
    }

    private static int OffsetOf(long position, long segmentStart) => checked((int)(OracleHeader.Size + position - segmentStart));

    private static OracleJudgement.Damaged Damage(long segment, long offset, string why) => new(new OraclePlace(segment, offset), why);
}
