namespace Concordat;

/// <summary>The participant of this process takes nothing now: its queue or its log is full, or it stops. Nothing was changed.</summary>
public sealed class ParticipantUnavailableException(string message) : ConcordatException(message)
{
    public override bool IsTransient => true;
}
