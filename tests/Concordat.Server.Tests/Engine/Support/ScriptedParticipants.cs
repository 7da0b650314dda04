using System.Collections.Concurrent;
using Concordat.Core;
using Concordat.Server.Delivery;

namespace Concordat.Server.Tests.Engine.Support;

/// <summary>Participants that answer as the test says. A call without an answer stays open.</summary>
internal sealed class ScriptedParticipants : ICallSender
{
    private readonly ConcurrentQueue<Call> _sent = new();

    /// <summary>Null leaves the call open. The default: yes, done.</summary>
    internal Func<Call, CallResult?> Answer { get; set; } = YesAndDone;

    /// <summary>Hands the way to report a call's end later.</summary>
    internal Action<Action<CallEnded>>? Reported { get; set; }

    internal IReadOnlyCollection<Call> Sent => _sent;

    internal int Count(CallKind kind) => _sent.Count(call => call.Kind == kind);

    internal static CallResult? YesAndDone(Call call) =>
        call.Kind is CallKind.Prepare or CallKind.OnePhase ? new Voted(Vote.Yes, null, null) : Done.Instance;

    public void Send(OutgoingCall outgoing, Action<CallEnded> report)
    {
        var call = (Call)outgoing;
        Reported?.Invoke(report);
        _sent.Enqueue(call);
        if (Answer(call) is { } result)
        {
            report(new CallEnded(call.Key, result));
        }
    }

    public void Cancel(CallKey key)
    {
    }
}
