using Concordat.Core;

namespace Concordat.Server.Delivery;

/// <summary>Carries calls to participants. Each ends with exactly one report, unless it was cancelled.</summary>
public interface ICallSender
{
    /// <summary>Starts a call and returns at once. Failures are reported, never thrown.</summary>
    void Send(OutgoingCall call, Action<CallEnded> report);

    /// <summary>Gives a call up: nobody waits for its end any more.</summary>
    void Cancel(CallKey key);
}
