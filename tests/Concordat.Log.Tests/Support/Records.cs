using System.Text;

namespace Concordat.Log.Tests;

/// <summary>Opens logs and keeps what they replay.</summary>
internal static class Records
{
    internal static readonly LogOptions Small = new() { SegmentSizeBytes = 4096, SpareSegments = 2, MaxRecordBytes = 1024 };

    internal static WriteAheadLog Open(ILogStorage storage, out List<string> replayed, LogOptions? options = null)
    {
        var list = new List<string>();
        var log = WriteAheadLog.Open(storage, options ?? Small, (_, type, payload) => list.Add($"{type}:{Encoding.UTF8.GetString(payload)}"));
        replayed = list;
        return log;
    }

    internal static WriteAheadLog Open(ILogStorage storage, LogOptions? options = null) => Open(storage, out _, options);

    internal static LogPosition Append(this WriteAheadLog log, string text, byte type = 1) => log.Append(type, Encoding.UTF8.GetBytes(text));

    internal static List<string> Replay(ILogStorage storage, LogOptions? options = null)
    {
        using var log = Open(storage, out var replayed, options);
        return replayed;
    }
}
