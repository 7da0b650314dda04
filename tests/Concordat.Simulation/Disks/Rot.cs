using Concordat.Log;
using Concordat.Log.Oracle;

namespace Concordat.Simulation;

/// <summary>A bit goes bad in a copy of a disk, in a frame that a later one knows to be durable: a start on it must refuse (I16).</summary>
internal static class Rot
{
    internal static void Strike(World world, Node node, Dice dice)
    {
        var copy = node.Disk!.Memory.AsIfCrashed(CrashPlan.KeepUnsynced);
        var files = copy.Snapshot();
        if (OracleReader.Judge(files.Select(file => new OracleSegment(NumberOf(file.Key), file.Value))) is not OracleJudgement.Sound sound)
        {
            return;
        }

        var durable = sound.Frames.Where(entry => entry.Frame.Position + entry.Frame.Size <= sound.AttestedPosition).ToArray();
        if (durable.Length == 0)
        {
            return;
        }

        var (place, frame) = durable[dice.Below(durable.Length)];
        var name = LogFormat.SegmentName(place.Segment);
        var bytes = (byte[])files[name].Clone();
        bytes[place.Offset + dice.Below(frame.Size)] ^= (byte)(1 << dice.Below(8));
        copy.Plant(name, bytes);
        if (!IsRefused(copy))
        {
            world.Break("I16", $"a bit of the frame at {frame.Position} of {node}'s log is wrong, which was durable, and the log opens");
        }
    }

    private static bool IsRefused(MemoryLogStorage disk)
    {
        try
        {
            using var log = WriteAheadLog.Open(disk, new LogOptions { SegmentSizeBytes = LogOptions.MinSegmentSizeBytes }, (_, _, _) => { });
            return false;
        }
        catch (LogDamagedException)
        {
            return true;
        }
    }

    private static long NumberOf(string file) => LogFormat.TryParseSegmentName(file, out var number) ? number : -1;
}
