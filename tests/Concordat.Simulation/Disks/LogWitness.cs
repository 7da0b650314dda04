using System.Buffers.Binary;
using Concordat.Log;
using Concordat.Log.Oracle;

namespace Concordat.Simulation;

/// <summary>
/// Watches the bytes that go to one disk, and knows which records are there and which of them no crash may take. It reads frames by the
/// format's document and asks the code under test nothing.
/// </summary>
internal abstract class LogWitness(World world, string owner)
{
    /// <summary>What <see cref="DetailOf"/> says of an erasure.</summary>
    internal const int Zeros = -1;

    private const int SegmentHeader = 64;
    private const int FrameHeader = 32;
    private const byte FirstMark = 0xF0;

    /// <summary>Beside the types of records.</summary>
    internal const int MarkDetail = 63;
    internal const int HeaderDetail = 62;

    private readonly List<Entry> _unsynced = [];
    private long _end;

    /// <summary>Every record that was written and has not been lost, in the log's order; trimmed ones stay.</summary>
    protected List<Entry> Entries { get; } = [];

    protected World World { get; } = world;

    /// <summary>The type of the last record in a write: what the write is called.</summary>
    internal static int DetailOf(ReadOnlySpan<byte> bytes, long offset)
    {
        if (!bytes.ContainsAnyExcept((byte)0))
        {
            return Zeros;
        }

        var detail = offset == 0 ? HeaderDetail : MarkDetail;
        foreach (var frame in new Frames(bytes, offset))
        {
            detail = frame.Type >= FirstMark ? (detail == HeaderDetail ? MarkDetail : detail) : frame.Type;
        }

        return detail;
    }

    internal void Written(string file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (!bytes.ContainsAnyExcept((byte)0))
        {
            Erased(file, offset, bytes.Length);
            return;
        }

        foreach (var frame in new Frames(bytes, offset))
        {
            if (frame.Position >= _end)
            {
                _end = frame.Position + frame.Size;
                if (frame.Type < FirstMark)
                {
                    Add(new Entry(frame.Position, file, frame.Offset, frame.Crc, Decode(frame.Type, bytes.Slice(frame.At + FrameHeader, frame.Length))));
                }
            }
            else if (frame.Type < FirstMark)
            {
                Rewritten(frame, file);
            }
        }
    }

    internal void Synced(string file)
    {
        for (var i = 0; i < _unsynced.Count; i++)
        {
            var entry = _unsynced[i];
            if (entry.File != file)
            {
                continue;
            }

            entry.IsDurable = true;
            _unsynced.RemoveAt(i--);
            Durable(entry);
        }
    }

    /// <summary>A crash: what is on the disk now is what there is. Every durable record must be among it.</summary>
    internal void Survive(MemoryLogStorage disk)
    {
        var judgement = Judge(disk);
        var frames = judgement switch
        {
            OracleJudgement.Sound sound => sound.Frames,
            OracleJudgement.NoLog => [],
            _ => throw World.Break("I16", $"after a crash the log of {owner} is {judgement}"),
        };
        var crcs = frames.ToDictionary(f => f.Frame.Position, f => f.Frame.Crc);
        var first = frames.Count > 0 ? frames[0].Frame.Position : 0;
        var lost = Entries.RemoveAll(e => IsLost(e, first, crcs));
        _unsynced.RemoveAll(e => !crcs.ContainsKey(e.Position));
        _end = judgement is OracleJudgement.Sound { NextPosition: var next } ? next : 0;
        Rebuilt(lost);
        Find(frames);
    }

    /// <summary>A write that failed may have brought a whole frame to the disk after all: what was cut off were zeros, and zeros stand there.</summary>
    private void Find(IReadOnlyList<OracleEntry> frames)
    {
        var last = Entries.Count > 0 ? Entries[^1].Position : -1;
        foreach (var (place, frame) in frames)
        {
            if (frame.IsRecord && frame.Position > last)
            {
                Add(new Entry(frame.Position, LogFormat.SegmentName(place.Segment), place.Offset, frame.Crc, Decode(frame.Type, frame.Payload.Span)));
            }
        }
    }

    /// <summary>Whether a start would accept it.</summary>
    internal static bool IsWhole(MemoryLogStorage disk) => Judge(disk) is OracleJudgement.Sound { Frames.Count: > 0 };

    /// <summary>An old copy stands in the disk's place: what the copy has not is lost, durable or not.</summary>
    internal void Restore(MemoryLogStorage copy)
    {
        var sound = (OracleJudgement.Sound)Judge(copy);
        var lost = Entries.RemoveAll(e => e.Position >= sound.NextPosition);
        _unsynced.Clear();
        _end = sound.NextPosition;
        Rebuilt(lost);
    }

    /// <summary>The log has opened: it must go on exactly where the bytes end.</summary>
    internal void Recovered(LogPosition end)
    {
        if (end.Value != _end && !(Entries.Count == 0 && _end == 0))
        {
            throw World.Break("I16", $"the log of {owner} ends at {_end} and was recovered up to {end.Value}");
        }
    }

    protected abstract object Decode(byte type, ReadOnlySpan<byte> payload);

    protected abstract void Seen(Entry entry);

    protected abstract void Durable(Entry entry);

    /// <summary>Records were lost: what was concluded from them is void.</summary>
    protected abstract void Rebuilt(int lost);

    private void Add(Entry entry)
    {
        Entries.Add(entry);
        _unsynced.Add(entry);
        Seen(entry);
    }

    /// <summary>A recovery writes the last frames again, as they are.</summary>
    private void Rewritten(Frame frame, string file)
    {
        var entry = Entries.FindLast(e => e.Position == frame.Position);
        if (entry is null || entry.Crc != frame.Crc)
        {
            throw World.Break("I16", $"{owner} writes other bytes over the record at {frame.Position} of {file}");
        }

        if (!entry.IsDurable && !_unsynced.Contains(entry))
        {
            _unsynced.Add(entry);
        }
    }

    private void Erased(string file, long offset, int length)
    {
        if (Entries.Find(e => e.File == file && e.Offset >= offset && e.Offset < offset + length) is { } entry)
        {
            throw World.Break("I16", $"{owner} erases the record at {entry.Position} of {file}: {entry.Record}");
        }
    }

    private bool IsLost(Entry entry, long first, Dictionary<long, uint> crcs)
    {
        if (entry.Position < first || (crcs.TryGetValue(entry.Position, out var crc) && crc == entry.Crc))
        {
            // Before the first, it went with a segment that a checkpoint made needless: what was known stays known.
            return false;
        }

        return entry.IsDurable ? throw World.Break("I16", $"{owner} lost a durable record: {entry.Record}") : true;
    }

    private static OracleJudgement Judge(MemoryLogStorage disk) =>
        OracleReader.Judge(disk.Snapshot().Select(file => new OracleSegment(NumberOf(file.Key), file.Value)));

    private static long NumberOf(string file) => LogFormat.TryParseSegmentName(file, out var number) ? number : -1;

    /// <summary>A record on the disk.</summary>
    internal sealed class Entry(long position, string file, long offset, uint crc, object record)
    {
        internal long Position { get; } = position;

        internal string File { get; } = file;

        internal long Offset { get; } = offset;

        internal uint Crc { get; } = crc;

        internal object Record { get; } = record;

        internal bool IsDurable { get; set; }
    }

    /// <param name="At">Where in the write.</param>
    /// <param name="Offset">Where in the file.</param>
    private readonly record struct Frame(byte Type, int Length, int Size, uint Crc, long Position, int At, long Offset);

    /// <summary>The frames of one write.</summary>
    private ref struct Frames(ReadOnlySpan<byte> bytes, long offset)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private readonly long _offset = offset;
        private int _next = offset == 0 ? SegmentHeader : 0;

        public Frame Current { get; private set; }

        public readonly Frames GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_next + FrameHeader > _bytes.Length)
            {
                return false;
            }

            var frame = _bytes[_next..];
            if (frame[0] != 0xF7 || frame[1] != 0x43 || frame[2] != 0x4C)
            {
                return false;
            }

            var length = BinaryPrimitives.ReadInt32LittleEndian(frame[8..]);
            var size = FrameHeader + ((length + 7) & ~7);
            Current = new Frame(
                frame[3], length, size, BinaryPrimitives.ReadUInt32LittleEndian(frame[4..]), BinaryPrimitives.ReadInt64LittleEndian(frame[16..]), _next, _offset + _next);
            if (_next + size > _bytes.Length)
            {
                return false;
            }

            _next += size;
            return true;
        }
    }
}
