namespace Concordat.Cli.Checking;

/// <summary>Where a fact stands: for the person who looks it up with <c>concordat log inspect</c>.</summary>
/// <param name="Log">"coordinator", or the participant's name.</param>
/// <param name="Record">The record's type, and what it says.</param>
/// <param name="Time">When it was written; participants' records do not say it, there it is when the transaction was created.</param>
internal sealed record RecordReference(string Log, string Record, long Position, RecordTime Time);

internal readonly record struct RecordTime(long UnixMilliseconds, bool IsCreation)
{
    public override string ToString()
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
        return IsCreation ? $"transaction of {time}" : time;
    }
}
