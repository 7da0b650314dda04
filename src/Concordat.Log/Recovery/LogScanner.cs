namespace Concordat.Log;

/// <summary>
/// Judges a log without writing. Frames are followed in order up to the first place P where the next one is missing or bad:
/// <code>
/// what is found at P and behind it                                        judgement
/// ----------------------------------------------------------------------  -----------------------------------------
/// nothing but zeros                                                       the log ends at P
/// some bytes, no good frame or header attests a durable position above P  torn tail: P.. was never announced as durable
/// some good frame or header that attests a durable position above P       damage at P
/// a segment missing, of another log, out of order, of overlapping place   damage
/// the first segment (of a log that had removed older ones) without frame  damage: it was durable before they went
/// </code>
/// The evidence is sound because a frame carries what was durable when it was written, and durable bytes are never given up.
/// </summary>
internal sealed class LogScanner(ILogStorage storage, Func<Guid, LogReplay> replayOf)
{
    private readonly SegmentImage _image = new(storage);
    private readonly List<SegmentInfo> _segments = [];
    private List<long> _numbers = [];
    private Guid _identity;
    private LogReplay _onRecord = (_, _, _) => { };
    private long _position;
    private uint _lastCrc;
    private long _attested;
    private bool _sawFrame;

    internal ScanResult Scan()
    {
        _numbers = SegmentImage.Numbers(storage);
        if (_numbers.Count == 0) return new ScanResult { IsNew = true };
        RequireNoGap();
        _image.Load(_numbers[0]);
        if (_image.Header is not { } first) return FirstHeaderMissing();
        _identity = first.Identity;
        _onRecord = replayOf(_identity);
        _position = first.FirstPosition;
        if (first.Number == 0 && first.FirstPosition != 0) throw Damaged(0, "the first segment of the log does not begin at position 0");

        for (int i = 0; ; i++)
        {
            CheckHeader(_image.Header!.Value);
            // Only of a header that stays: one behind the end is erased with the tail, and attests nothing then.
            _attested = Math.Max(_attested, _image.Header.Value.DurablePosition);
            _segments.Add(new SegmentInfo(_image.Number, _position, _image.Bytes.Length));
            int offset = FollowFrames(out string problem);
            if (i + 1 < _numbers.Count && NextBeginsHere(_numbers[i + 1], ref problem)) continue;
            if (_image.Number != _numbers[i]) _image.Load(_numbers[i]);
            return JudgeTail(i, offset, problem);
        }
    }

    private void RequireNoGap()
    {
        for (int i = 1; i < _numbers.Count; i++)
        {
            long expected = _numbers[i - 1] + 1;
            if (_numbers[i] == expected) continue;
            throw new LogDamagedException(
                $"{storage.Location}/{LogFormat.SegmentName(expected)}", 0, default, "the file is missing, though later segments exist");
        }
    }

    /// <summary>A log is handed out only after header and first mark of segment 0 are durable, in this order.</summary>
    private ScanResult FirstHeaderMissing()
    {
        const string reason = "the first segment has no valid header: it is damaged, or earlier segments are missing";
        var damage = Damaged(0, reason);
        if (_numbers[0] != 0) throw damage;
        for (int i = 0; i < _numbers.Count; i++)
        {
            if (i > 0) _image.Load(_numbers[i]);
            var rest = i == 0 ? _image.Bytes[Math.Min(LogFormat.SegmentHeaderBytes, _image.Bytes.Length)..] : _image.Bytes;
            if (rest.ContainsAnyExcept((byte)0)) throw damage;
        }

        return new ScanResult { IsNew = true };
    }

    private void CheckHeader(SegmentHeader header)
    {
        if (header.Identity != _identity)
            throw Damaged(0, $"the segment belongs to another log ({header.Identity}, expected {_identity})");
        if (header.Number != _image.Number)
            throw Damaged(0, $"the file holds segment {LogFormat.SegmentName(header.Number)}, not the one that its name says");
        if (header.FirstPosition < _position)
            throw Damaged(0, $"the segment begins at position {header.FirstPosition}, before the end of the one in front of it");
    }

    private int FollowFrames(out string problem)
    {
        uint seed = Frame.Seed(_identity, _image.Number);
        int offset = LogFormat.SegmentHeaderBytes;
        while (Frame.TryRead(_image.Bytes[offset..], seed, out var frame, out problem))
        {
            problem = WhyNotNext(frame);
            if (problem.Length > 0) return offset;
            if (!frame.IsMark)
            {
                _onRecord(new LogPosition(frame.Position), frame.Type,
                    _image.Bytes.Slice(offset + LogFormat.FrameHeaderBytes, frame.PayloadBytes));
            }

            _sawFrame = true;
            _lastCrc = frame.Crc;
            _attested = Math.Max(_attested, frame.DurablePosition);
            _position = frame.End;
            offset += frame.Bytes;
        }

        return offset;
    }

    private string WhyNotNext(in Frame frame)
    {
        if (frame.Position != _position) return $"the frame here belongs to position {frame.Position}";
        // The first segment's predecessor is gone, unless it is the very first.
        bool chained = _sawFrame || _position == 0;
        return chained && frame.PreviousCrc != _lastCrc ? "the frame here does not follow the frame before it" : "";
    }

    private bool NextBeginsHere(long number, ref string problem)
    {
        _image.Load(number);
        if (_image.Header is not { } header) return false;
        CheckHeader(header);
        if (header.FirstPosition == _position) return true;
        problem = $"{problem}, and the next segment begins at position {header.FirstPosition}";
        return false;
    }

    private ScanResult JudgeTail(int index, int offset, string problem)
    {
        string file = _image.File;
        var damage = new LogDamagedException(file, offset, new LogPosition(_position), problem);
        bool torn = _image.Bytes[Math.Min(offset, _image.Bytes.Length)..].ContainsAnyExcept((byte)0);
        // No frame behind can be further on than the largest segments would reach. What the files have left does not count: a witness
        // behind a segment that was cut short is at a position beyond all the bytes that there are.
        long ceiling = _position + LogOptions.MaxSegmentSizeBytes;
        long evidence = Evidence.HighestDurable(_image, offset, _identity, _position, ceiling);
        var behind = new List<FileBehind>();
        for (int i = index + 1; i < _numbers.Count; i++)
        {
            _image.Load(_numbers[i]);
            if (_image.Header is { } header) CheckHeader(header);
            ceiling += LogOptions.MaxSegmentSizeBytes;
            behind.Add(new FileBehind(_numbers[i], _image.Bytes.Length));
            torn |= _image.Bytes.ContainsAnyExcept((byte)0);
            evidence = Evidence.HighestDurable(_image, 0, _identity, evidence, ceiling);
        }

        if (!_sawFrame && _numbers[0] != 0) throw damage;
        if (evidence > _position)
        {
            throw new LogDamagedException(file, offset, new LogPosition(_position),
                $"{problem}; a later frame attests that the log was durable up to position {evidence}");
        }

        return new ScanResult
        {
            Identity = _identity,
            Segments = _segments,
            End = _position,
            LastCrc = _lastCrc,
            Attested = _attested,
            TailIsTorn = torn,
            TailProblem = torn ? problem : "",
            Behind = behind,
        };
    }

    private LogDamagedException Damaged(long offset, string reason) => new(_image.File, offset, new LogPosition(_position), reason);
}
