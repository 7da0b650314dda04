using Concordat.Core;
using Concordat.Server.Delivery;

namespace Concordat.Bench;

/// <summary>Participants in process: yes to every prepare, done to everything else, at once.</summary>
internal sealed class NoOpParticipants : ICallSender
{
    private static readonly Voted Yes = new(Vote.Yes, null, null);

    public void Send(OutgoingCall call, Action<CallEnded> report) =>
        report(new CallEnded(call.Key, call is Call { Kind: CallKind.Prepare or CallKind.OnePhase } ? Yes : Done.Instance));

    public void Cancel(CallKey key)
    {
    }
}
