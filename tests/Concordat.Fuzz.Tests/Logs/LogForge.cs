using Concordat.Fuzz.Tests.Support;
using Concordat.Log;

namespace Concordat.Fuzz.Tests.Logs;

internal sealed record ForgedRecord(byte Type, byte[] Payload);

/// <summary>Takes logs apart into records, and seals records, whatever is in them, into a log whose every checksum is right.</summary>
internal static class LogForge
{
    public const string File = "0000000000000000.seg";
    private const int SegmentBytes = 256 * 1024;

    public static List<ForgedRecord> Records(MemoryLogStorage log) =>
        [.. LogInspector.Inspect(log).OfType<LogFrameItem>().Where(f => !f.IsMark).Select(f => new ForgedRecord(f.Type, f.Payload.ToArray()))];

    public static Guid Identity(MemoryLogStorage log) => LogInspector.Inspect(log).OfType<LogSegmentItem>().First().Identity;

    /// <summary>One segment with these records. Where dice are given, what frames and header say of themselves is wrong here and there, and sealed all the same.</summary>
    public static MemoryLogStorage Seal(Guid identity, IReadOnlyList<ForgedRecord> records, Dice? dice = null)
    {
        var frames = records.Prepend(new ForgedRecord(LogFormat.IdleMark, [])).ToList();
        var size = Math.Max(SegmentBytes, LogFormat.SegmentHeaderBytes + frames.Sum(f => LogFormat.FrameBytes(f.Payload.Length)) + 4096);
        var bytes = new byte[(size + 7) & ~7];
        new SegmentHeader(identity, Lie(dice, 0), Lie(dice, 0), Lie(dice, 0), Lie(dice, bytes.Length)).Write(bytes);
        var (offset, position, crc) = (LogFormat.SegmentHeaderBytes, 0L, 0u);
        foreach (var (type, payload) in frames)
        {
            var frame = bytes.AsSpan(offset, LogFormat.FrameBytes(payload.Length));
            Frame.Stage(frame, type, payload);
            crc = Frame.Seal(frame, Frame.Seed(identity, 0), Lie(dice, crc), Lie(dice, position), Lie(dice, position));
            offset += frame.Length;
            position += frame.Length;
        }

        var storage = new MemoryLogStorage();
        storage.Plant(File, bytes);
        return storage;
    }

    private static long Lie(Dice? dice, long truth) => dice is null || !dice.OneIn(60)
        ? truth
        : dice.Pick(truth + 8, truth - 8, -1, long.MaxValue, long.MinValue, 0, truth ^ (1L << dice.Below(64)));

    private static uint Lie(Dice? dice, uint truth) => dice is not null && dice.OneIn(60) ? (uint)dice.Next() : truth;
}
