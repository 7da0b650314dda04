using System.Text;

namespace Concordat.Log.Tests;

/// <summary>A frame of the sample, known from what the test did, not from reading the log.</summary>
internal sealed record SampleFrame(int Segment, byte[] Bytes, long Position, long Durable, string? Record);

/// <summary>
/// Four small segments with idle marks, two flushes per segment here and there, the last flush spanning two segments. Knows of every frame
/// where it is and what it attests, so that it can say independently what a reader must make of any changed copy.
/// </summary>
internal sealed class SampleLog
{
    private readonly List<SampleFrame> _frames = [];
    private readonly List<(long First, long Durable)> _segments = [(0, 0)];
    private readonly List<(string? Record, int Bytes)> _staged = [];
    private readonly MemoryLogStorage _storage = new();
    private readonly WriteAheadLog _log;
    private long _position = LogFormat.FrameHeaderBytes;
    private long _durable = LogFormat.FrameHeaderBytes;
    private bool _newSegment;

    private SampleLog(bool cleanStop)
    {
        _log = Records.Open(_storage);
        _frames.Add(new SampleFrame(0, [], 0, 0, null));
        Add("alpha");
        Add("be");
        Force();
        Mark();
        Add("gamma-gamma");
        Force();
        Start();
        Add("delta");
        Add("");
        Force();
        Add("zeta");
        Force();
        Mark();
        Start();
        Add("eta, a little longer than a sector's eighth, to have some body: 0123456789");
        Force();
        LastFlush = _position;
        Add("theta");
        Add("iota");
        Start();
        Add("kappa");
        Add("la");
        Force();
        if (cleanStop)
        {
            LastFlush = _position;
            _log.Close();
            Place(null, LogFormat.FrameHeaderBytes);
        }

        Files = Enumerable.Range(0, _segments.Count).Select(n => _storage.Snapshot()[LogFormat.SegmentName(n)]).ToArray();
        // The bytes of each frame come from the file, their place from the bookkeeping above.
        for (int i = 0; i < _frames.Count; i++)
        {
            var f = _frames[i];
            long end = i + 1 < _frames.Count ? _frames[i + 1].Position : _position;
            int offset = OffsetOf(f);
            _frames[i] = f with { Bytes = Files[f.Segment][offset..(offset + (int)(end - f.Position))] };
        }
    }

    internal static SampleLog CleanlyStopped { get; } = new(cleanStop: true);

    internal static SampleLog Killed { get; } = new(cleanStop: false);

    internal static IEnumerable<SampleLog> Both => [CleanlyStopped, Killed];

    internal byte[][] Files { get; }

    internal IReadOnlyList<SampleFrame> Frames => _frames;

    internal long LastFlush { get; }

    internal int OffsetOf(SampleFrame frame) => LogFormat.SegmentHeaderBytes + (int)(frame.Position - _segments[frame.Segment].First);

    internal byte[][] Copy() => [.. Files.Select(f => (byte[])f.Clone())];

    /// <summary>Segments put together from frames, in their order.</summary>
    internal byte[][] Rebuild(IEnumerable<(int Segment, byte[] Frame)> frames)
    {
        byte[][] files = [.. Files.Select(f => new byte[f.Length])];
        int[] ends = [.. files.Select(_ => LogFormat.SegmentHeaderBytes)];
        for (int i = 0; i < files.Length; i++) Files[i].AsSpan(0, LogFormat.SegmentHeaderBytes).CopyTo(files[i]);
        foreach (var (segment, frame) in frames)
        {
            frame.CopyTo(files[segment].AsSpan(ends[segment]));
            ends[segment] += frame.Length;
        }

        return files;
    }

    /// <summary>What must be replayed from these files, or null: it is damage. An empty array is a file that is gone.</summary>
    internal List<string>? Expected(byte[][] files)
    {
        var records = new List<string>();
        long bad = -1;
        for (int s = 0; s < files.Length && bad < 0; s++)
        {
            if (!HeaderIntact(files, s))
            {
                if (s == 0) return null;
                bad = _segments[s].First;
            }

            foreach (var frame in _frames.Where(f => f.Segment == s && bad < 0))
            {
                if (!At(files[s], OffsetOf(frame), frame.Bytes)) bad = frame.Position;
                else if (frame.Record is { } record) records.Add(record);
            }
        }

        if (bad < 0) return records;
        // Whatever is authentic anywhere in its own segment attests what was durable when it was written.
        long attested = 0;
        for (int s = 0; s < files.Length; s++)
        {
            for (int at = LogFormat.SegmentHeaderBytes; at < files[s].Length; at += 8)
            {
                if (files[s][at] != 0xF7) continue;
                foreach (var frame in _frames.Where(f => f.Segment == s && At(files[s], at, f.Bytes))) attested = Math.Max(attested, frame.Durable);
            }
        }

        for (int s = 0; s < files.Length; s++)
        {
            if (HeaderIntact(files, s)) attested = Math.Max(attested, _segments[s].Durable);
        }

        return attested > bad ? null : records;
    }

    internal static MemoryLogStorage Disk(byte[][] files)
    {
        var disk = new MemoryLogStorage();
        for (int i = 0; i < files.Length; i++)
        {
            if (files[i].Length > 0) disk.Plant(LogFormat.SegmentName(i), files[i]);
        }

        return disk;
    }

    /// <summary>Opens changed files and holds the log to <see cref="Expected"/>; damage must leave every byte as it was.</summary>
    /// <returns>Whether it was damage.</returns>
    internal bool Check(byte[][] files, string what)
    {
        var expected = Expected(files);
        var disk = Disk(files);
        var before = disk.Snapshot();
        List<string> replayed;
        try
        {
            replayed = Records.Replay(disk);
        }
        catch (LogDamagedException e)
        {
            Assert.True(expected is null, $"{what}: taken for damage: {e.Message}");
            var after = disk.Snapshot();
            Assert.True(before.Count == after.Count && before.All(f => f.Value.AsSpan().SequenceEqual(after[f.Key])), $"{what}: was written to");
            return true;
        }

        Assert.True(expected is not null, $"{what}: damage was not noticed; replayed {string.Join(',', replayed)}");
        Assert.True(expected.SequenceEqual(replayed), $"{what}: expected {string.Join(',', expected)} but {string.Join(',', replayed)}");
        // What recovery made of it must be sound, and stay so.
        Assert.True(expected.SequenceEqual(Records.Replay(disk)), $"{what}: the second start differs from the first");
        return false;
    }

    private static bool At(byte[] file, int offset, byte[] bytes) =>
        offset + bytes.Length <= file.Length && file.AsSpan(offset, bytes.Length).SequenceEqual(bytes);

    private bool HeaderIntact(byte[][] files, int s) => At(files[s], 0, Files[s][..LogFormat.SegmentHeaderBytes]);

    private void Add(string text)
    {
        _log.Append(text);
        _staged.Add(($"1:{text}", (32 + Encoding.UTF8.GetByteCount(text) + 7) / 8 * 8));
        if (_newSegment) _segments.Add((_position + _staged.SkipLast(1).Sum(s => s.Bytes), _durable));
        _newSegment = false;
    }

    private void Start()
    {
        _log.StartSegment();
        _newSegment = true;
    }

    private void Force()
    {
        foreach (var (record, bytes) in _staged) Place(record, bytes);
        _staged.Clear();
        _durable = _position;
        Assert.Equal(_position, _log.Flush(force: true).Value);
    }

    private void Mark()
    {
        _log.WriteMark();
        Place(null, LogFormat.FrameHeaderBytes);
    }

    private void Place(string? record, int bytes)
    {
        int segment = _segments.FindLastIndex(s => s.First <= _position);
        _frames.Add(new SampleFrame(segment, [], _position, _durable, record));
        _position += bytes;
    }
}
