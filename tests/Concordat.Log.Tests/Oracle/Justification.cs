using Concordat.Log.Oracle;

namespace Concordat.Log.Tests.Oracle;

/// <summary>Counts what became of changed logs, and refuses a fifth way.</summary>
internal sealed class Justification
{
    private readonly byte[][] _files;
    private readonly OracleJudgement.Sound _intact;

    internal Justification(byte[][] intact)
    {
        _files = intact;
        _intact = Assert.IsType<OracleJudgement.Sound>(Verdicts.Of(Verdicts.Disk(intact)));
    }

    /// <summary>The start was refused.</summary>
    internal int Detected { get; private set; }

    /// <summary>Frames of the last flush are gone, and no others.</summary>
    internal int Erased { get; private set; }

    /// <summary>All frames are there.</summary>
    internal int Harmless { get; private set; }

    /// <summary>Durable frames are gone, and with them everything that was written later and could witness it.</summary>
    internal int Unwitnessed { get; private set; }

    internal void Add(OracleJudgement judged, byte[]?[] files, string what)
    {
        if (judged is OracleJudgement.Damaged or OracleJudgement.OtherVersion)
        {
            Detected++;
            return;
        }

        if (judged is not OracleJudgement.Sound left)
        {
            RequireNoWitness(files, 0, what);
            return;
        }

        bool prefix = left.Frames.Count <= _intact.Frames.Count && left.Frames.Zip(_intact.Frames).All(pair => Same(pair.First, pair.Second));
        Assert.True(prefix, $"{what}: a hole, a stranger or another order");
        if (left.Frames.Count == _intact.Frames.Count) Harmless++;
        else if (left.NextPosition >= _intact.AttestedPosition) Erased++;
        else RequireNoWitness(files, left.NextPosition, what);
    }

    private void RequireNoWitness(byte[]?[] files, long end, string what)
    {
        var witness = Witness(files, end);
        Assert.True(witness is null, $"{what}: the log ends at {end} without complaint, though {witness} is there and knows better");
        Unwitnessed++;
    }

    /// <summary>Anything of the intact log that is still whole, wherever in its segment, and was written when more was durable.</summary>
    private string? Witness(byte[]?[] files, long end)
    {
        foreach (var entry in _intact.Frames.Where(entry => entry.Frame.DurablePosition > end))
        {
            var bytes = _files[entry.Place.Segment].AsSpan((int)entry.Place.Offset, entry.Frame.Size);
            if (files[entry.Place.Segment].AsSpan().IndexOf(bytes) >= 0) return $"the frame of position {entry.Frame.Position}";
        }

        for (int i = 0; i < files.Length; i++)
        {
            var header = _files[i].AsSpan(0, LogFormat.SegmentHeaderBytes);
            if (BitConverter.ToInt64(header[48..]) > end && files[i].AsSpan().StartsWith(header)) return $"the header of segment {i}";
        }

        return null;
    }

    private static bool Same(OracleEntry left, OracleEntry right) =>
        left.Place == right.Place && left.Frame.Crc == right.Frame.Crc && left.Frame.Position == right.Frame.Position
        && left.Frame.Type == right.Frame.Type && left.Frame.Payload.Span.SequenceEqual(right.Frame.Payload.Span);
}
