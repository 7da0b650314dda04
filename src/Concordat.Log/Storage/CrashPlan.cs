namespace Concordat.Log;

/// <summary>What a power cut leaves of the writes, creations and deletions that were not synced. What was synced always stays.</summary>
public abstract record CrashPlan
{
    internal const int SectorBytes = 512;

    private CrashPlan()
    {
    }

    public static CrashPlan LoseUnsynced { get; } = new Nothing();

    /// <summary>Also what a mere kill of the process leaves.</summary>
    public static CrashPlan KeepUnsynced { get; } = new Everything();

    /// <summary>The first bytes, in the order in which they were written; a write may be cut at any byte.</summary>
    public static CrashPlan KeepPrefix(long bytes) => new Prefix(bytes);

    /// <summary>
    /// Each sector of 512 bytes for itself, from a seed: as before, as after any of the writes to it, or torn between two of them. Each
    /// creation and deletion for itself: happened or not.
    /// </summary>
    public static CrashPlan RandomSectors(int seed) => new Sectors(seed);

    internal abstract void Begin();

    internal abstract bool KeepsDirectoryChange();

    internal abstract void Apply(byte[] content, IReadOnlyList<UnsyncedWrite> writes);

    private sealed record Nothing : CrashPlan
    {
        internal override void Begin()
        {
        }

        internal override bool KeepsDirectoryChange() => false;

        internal override void Apply(byte[] content, IReadOnlyList<UnsyncedWrite> writes)
        {
        }
    }

    private sealed record Everything : CrashPlan
    {
        internal override void Begin()
        {
        }

        internal override bool KeepsDirectoryChange() => true;

        internal override void Apply(byte[] content, IReadOnlyList<UnsyncedWrite> writes)
        {
            foreach (var write in writes) write.Bytes.CopyTo(content.AsSpan(write.Offset));
        }
    }

    /// <summary>Files are given in the order of their first unsynced write; the log writes one file after another.</summary>
    private sealed record Prefix(long Bytes) : CrashPlan
    {
        private long _left;

        internal override void Begin() => _left = Bytes;

        internal override bool KeepsDirectoryChange() => true;

        internal override void Apply(byte[] content, IReadOnlyList<UnsyncedWrite> writes)
        {
            foreach (var write in writes)
            {
                int kept = (int)Math.Min(_left, write.Bytes.Length);
                write.Bytes.AsSpan(0, kept).CopyTo(content.AsSpan(write.Offset));
                _left -= kept;
            }
        }
    }

    private sealed record Sectors(int Seed) : CrashPlan
    {
        private Random _random = new(Seed);

        internal override void Begin() => _random = new Random(Seed);

        internal override bool KeepsDirectoryChange() => _random.Next(2) == 0;

        internal override void Apply(byte[] content, IReadOnlyList<UnsyncedWrite> writes)
        {
            var pieces = new SortedDictionary<int, List<(int Offset, ReadOnlyMemory<byte> Bytes)>>();
            foreach (var write in writes) Split(write, pieces);
            foreach (var piece in pieces.Values)
            {
                int whole = _random.Next(piece.Count + 1);
                for (int i = 0; i < whole; i++) piece[i].Bytes.Span.CopyTo(content.AsSpan(piece[i].Offset));
                if (whole == piece.Count || _random.Next(4) != 0) continue;
                int torn = _random.Next(piece[whole].Bytes.Length);
                piece[whole].Bytes.Span[..torn].CopyTo(content.AsSpan(piece[whole].Offset));
            }
        }

        private static void Split(UnsyncedWrite write, SortedDictionary<int, List<(int Offset, ReadOnlyMemory<byte> Bytes)>> pieces)
        {
            for (int at = 0; at < write.Bytes.Length;)
            {
                int offset = write.Offset + at;
                int sector = offset / SectorBytes;
                int length = Math.Min(write.Bytes.Length - at, ((sector + 1) * SectorBytes) - offset);
                if (!pieces.TryGetValue(sector, out var list)) pieces[sector] = list = [];
                list.Add((offset, write.Bytes.AsMemory(at, length)));
                at += length;
            }
        }
    }
}
