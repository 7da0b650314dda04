using Concordat.Log.Oracle;

namespace Concordat.Log.Tests.Oracle;

/// <summary>Puts the same files before the independent reader and before the log, and holds the second to the first.</summary>
internal static class Verdicts
{
    internal static OracleJudgement Of(MemoryLogStorage disk) => Of(disk.Snapshot());

    private static OracleJudgement Of(IReadOnlyDictionary<string, byte[]> files) =>
        OracleReader.Judge(from file in files
                           let number = OracleSegment.NumberIn(file.Key)
                           where number is not null
                           select new OracleSegment(number.Value, file.Value));

    /// <summary>Segments from 0 on; null where the file is gone.</summary>
    internal static MemoryLogStorage Disk(byte[]?[] files)
    {
        var disk = new MemoryLogStorage();
        for (int i = 0; i < files.Length; i++)
        {
            if (files[i] is { } content) disk.Plant(LogFormat.SegmentName(i), content);
        }

        return disk;
    }

    /// <summary>Opens the log on this disk, which repairs it where it is not damaged.</summary>
    internal static OracleJudgement MustAgree(MemoryLogStorage disk, string what, LogOptions? options = null)
    {
        var before = disk.Snapshot();
        var judged = Of(before);
        var inspected = Assert.IsType<LogVerdictItem>(LogInspector.Inspect(disk).Last());
        var replayed = new List<(long Position, byte Type, byte[] Payload)>();
        try
        {
            using var log = WriteAheadLog.Open(disk, options ?? Records.Small, (at, type, payload) => replayed.Add((at.Value, type, payload.ToArray())));
            SameEnd(judged, log, inspected.Condition, what);
        }
        catch (LogDamagedException e)
        {
            Refused(judged, e, inspected.Condition, what);
            Untouched(before, disk, what);
            return judged;
        }
        catch (LogVersionException e)
        {
            Assert.True(judged is OracleJudgement.OtherVersion other && other.Version == e.Version, $"{what}: {e.Message}, but by the document: {judged}");
            Untouched(before, disk, what);
            return judged;
        }

        SameRecords(judged, replayed, what);
        StaysSound(judged, Of(disk), what);
        return judged;
    }

    private static void SameEnd(OracleJudgement judged, WriteAheadLog log, LogCondition condition, string what)
    {
        long end = log.AppendedPosition.Value;
        if (judged is OracleJudgement.NoLog)
        {
            Assert.True(end == LogFormat.FrameHeaderBytes && condition == LogCondition.Empty, $"{what}: there is no log, but it ends at {end} ({condition})");
            return;
        }

        Assert.True(judged is OracleJudgement.Sound, $"{what}: by the document {judged}, but it was opened and ends at {end}");
        var sound = (OracleJudgement.Sound)judged;
        Assert.True(Continued(sound) == end, $"{what}: by the document the log ends at {sound.NextPosition}, but it was opened and ends at {end}");
        Assert.True(sound.Identity == log.Identity, $"{what}: the identity is {sound.Identity}, not {log.Identity}");
        Assert.True(sound.IsTorn == log.ErasedTail is not null, $"{what}: torn by the document: {sound.IsTorn}; erased: {log.ErasedTail}");
        Assert.True(condition == (sound.IsTorn ? LogCondition.TornTail : LogCondition.Sound), $"{what}: inspected as {condition}");
    }

    private static void Refused(OracleJudgement judged, LogDamagedException e, LogCondition condition, string what)
    {
        Assert.True(judged is OracleJudgement.Damaged, $"{what}: by the document {judged}, but: {e.Message}");
        var damage = (OracleJudgement.Damaged)judged;
        var place = new OraclePlace(OracleSegment.NumberIn(Path.GetFileName(e.Segment))!.Value, e.Offset);
        Assert.True(damage.Place == place, $"{what}: by the document damaged at {damage.Place} ({damage.Why}), but: {e.Message}");
        Assert.True(condition == LogCondition.Damaged, $"{what}: inspected as {condition}");
    }

    private static void SameRecords(OracleJudgement judged, List<(long Position, byte Type, byte[] Payload)> replayed, string what)
    {
        OracleFrame[] expected = judged is OracleJudgement.Sound sound ? [.. sound.Records.Select(r => r.Frame)] : [];
        bool same = expected.Length == replayed.Count && expected.Zip(replayed).All(pair =>
            pair.First.Position == pair.Second.Position && pair.First.Type == pair.Second.Type
            && pair.First.Payload.Span.SequenceEqual(pair.Second.Payload));
        Assert.True(same, $"{what}: by the document {expected.Length} records, replayed {replayed.Count}, or others");
    }

    /// <summary>After the repair the document must see the same log, with nothing behind its end.</summary>
    private static void StaysSound(OracleJudgement before, OracleJudgement after, string what)
    {
        Assert.True(after is OracleJudgement.Sound { IsTorn: false }, $"{what}: after the repair: {after}");
        if (before is not OracleJudgement.Sound sound) return;
        var repaired = (OracleJudgement.Sound)after;
        Assert.True(repaired.NextPosition == Continued(sound), $"{what}: the repair moved the end from {sound.NextPosition} to {repaired.NextPosition}");
        Assert.True(repaired.Frames.Take(sound.Frames.Count).Select(f => f.Frame.Crc).SequenceEqual(sound.Frames.Select(f => f.Frame.Crc)),
            $"{what}: the repair changed frames");
    }

    private static void Untouched(IReadOnlyDictionary<string, byte[]> before, MemoryLogStorage disk, string what)
    {
        var after = disk.Snapshot();
        Assert.True(before.Count == after.Count && before.All(f => f.Value.AsSpan().SequenceEqual(after[f.Key])), $"{what}: was written to");
    }

    // Where not even the first mark is good, opening writes it.
    private static long Continued(OracleJudgement.Sound sound) => sound.NextPosition == 0 ? LogFormat.FrameHeaderBytes : sound.NextPosition;
}
