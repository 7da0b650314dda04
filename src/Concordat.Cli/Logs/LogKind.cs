using Concordat.Core.Encoding;
using Concordat.Core.Participation.Records;
using Concordat.Core.Records;
using Concordat.Log;

namespace Concordat.Cli.Logs;

/// <summary>Whose records a log holds.</summary>
internal enum LogKind
{
    /// <summary>Nothing in it says so.</summary>
    Unknown,
    Coordinator,
    Participant,
}

internal static class LogKinds
{
    /// <summary>Records beyond these are not looked at: whatever they are, the first ones were not readable.</summary>
    private const int MostLookedAt = 1000;

    /// <summary>
    /// The two share some type numbers, so the first record that only one of them can read tells. Every field of a record is checked
    /// when it is read, so that one is rarely readable as the other's, and never for long.
    /// </summary>
    internal static LogKind Detect(ILogStorage storage)
    {
        foreach (var frame in LogInspector.Inspect(storage).OfType<LogFrameItem>().Where(frame => !frame.IsMark).Take(MostLookedAt))
        {
            var coordinator = IsReadable(() => RecordCodec.Read(frame.Type, frame.Payload.Span));
            var participant = IsReadable(() => ParticipantRecordCodec.Read(frame.Type, frame.Payload.Span));
            if (coordinator != participant)
            {
                return coordinator ? LogKind.Coordinator : LogKind.Participant;
            }
        }

        return LogKind.Unknown;
    }

    private static bool IsReadable(Func<object> read)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception e) when (e is RecordFormatException or OverflowException)
        {
            return false;
        }
    }
}
