using Concordat.Cli.Logs;
using Concordat.Core.Encoding;
using Concordat.Log;

namespace Concordat.Cli.Checking;

/// <summary>Takes in the records of one log, in order.</summary>
internal interface IRecordTaker
{
    /// <exception cref="RecordFormatException">The payload is no record.</exception>
    void Take(long position, byte type, ReadOnlySpan<byte> payload);

    Findings Findings { get; }

    /// <summary>Records are missing here: from now on absence proves nothing.</summary>
    void NoteGap();

    bool HasGap { get; }

    /// <summary>Names the log in what is printed.</summary>
    string Name { get; }
}

/// <summary>What reading a log came to.</summary>
/// <param name="Taker">All that was read went into it.</param>
internal sealed record ReadLog<T>(T Taker, string Location, long Records, LogCondition Condition)
    where T : IRecordTaker
{
    /// <summary>Something between is missing: absence proves nothing.</summary>
    internal bool IsDamaged => Condition is LogCondition.Damaged or LogCondition.Unknown || Taker.HasGap;
}

/// <summary>
/// Reads the good prefix of a log. One that is in use may look damaged for a moment, where its owner writes between two of our
/// reads: damage counts when a second look finds the same.
/// </summary>
internal static class LogReading
{
    private const int MostLooks = 5;

    internal static ReadLog<T> Read<T>(Func<HeldLogStorage> open, Func<T> makeTaker, long from = 0)
        where T : IRecordTaker
    {
        LogVerdictItem? before = null;
        for (var looks = 1; ; looks++)
        {
            using var storage = open();
            var taker = makeTaker();
            var (records, verdict) = Read(storage, taker, from, beyondProblems: before is not null);
            if (verdict.Condition is not (LogCondition.Damaged or LogCondition.Unknown))
            {
                return new ReadLog<T>(taker, storage.Location, records, verdict.Condition);
            }

            if (before is not null && (before.Segment, before.Offset) == (verdict.Segment, verdict.Offset))
            {
                taker.Findings.Add(
                    ViolationKind.LogDamaged, new Place(), $"{storage.Location}: {verdict.Segment}, offset {verdict.Offset}: {verdict.Reason}");
                return new ReadLog<T>(taker, storage.Location, records, verdict.Condition);
            }

            if (looks == MostLooks)
            {
                throw new CommandFailedException(ExitCode.Error, $"{storage.Location} changes faster than it can be read; check a copy, or stop its owner");
            }

            before = verdict;
        }
    }

    private static (long Records, LogVerdictItem Verdict) Read(HeldLogStorage storage, IRecordTaker taker, long from, bool beyondProblems)
    {
        var records = 0L;
        var isGood = true;
        foreach (var item in LogInspector.Inspect(storage))
        {
            switch (item)
            {
                case LogVerdictItem verdict:
                    return (records, verdict);
                case LogFrameItem { Problem: not null } or LogBadRegionItem or LogHeaderlessItem:
                    // Behind it nothing counts: a torn tail is erased by the next start.
                    isGood = false;
                    if (beyondProblems)
                    {
                        taker.NoteGap();
                    }

                    break;
            }

            if (item is LogFrameItem { IsMark: false } frame && (isGood || beyondProblems) && frame.Position.Value >= from)
            {
                records++;
                Take(taker, frame);
            }
        }

        throw new InvalidOperationException("an inspection ended without a verdict");
    }

    private static void Take(IRecordTaker taker, LogFrameItem frame)
    {
        try
        {
            taker.Take(frame.Position.Value, frame.Type, frame.Payload.Span);
        }
        catch (Exception e) when (e is RecordFormatException or OverflowException or ArgumentOutOfRangeException)
        {
            taker.NoteGap();
            taker.Findings.Add(ViolationKind.RecordUnreadable, new Place(), $"{taker.Name}: the record of type {frame.Type} at position {frame.Position}: {e.Message}");
        }
    }
}
