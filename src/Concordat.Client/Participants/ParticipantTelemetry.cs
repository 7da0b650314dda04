using System.Diagnostics;
using Concordat.Core.Participation;

namespace Concordat.Client.Participants;

/// <summary>Spans of the participant: <c>concordat.prepare</c>, <c>concordat.commit</c>, <c>concordat.rollback</c>.</summary>
public static class ParticipantTelemetry
{
    /// <summary>The name to listen to.</summary>
    public const string SourceName = "Concordat.Participant";

    private static readonly ActivitySource Source = new(SourceName);

    internal static Activity? Start(ParticipantEffect.Run run)
    {
        var parent = run.Cause is WaitingCaller caller ? caller.Parent : default;
        var activity = Source.StartActivity(
            run.What switch
            {
                ResourceCall.Commit => "concordat.commit",
                ResourceCall.Rollback => "concordat.rollback",
                _ => "concordat.prepare",
            },
            ActivityKind.Internal,
            parent);
        activity?.SetTag("concordat.transaction.id", run.Key.Transaction.ToString());
        activity?.SetTag("concordat.branch.id", run.Key.Branch);
        return activity;
    }
}
