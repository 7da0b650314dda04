using System.Diagnostics;
using Concordat.Core.Participation;

namespace Concordat.Client.Participants;

/// <summary>Somebody who is told how a call ended.</summary>
internal abstract class ReplyCaller : Caller
{
    public abstract void Answer(Reply reply);

    public abstract void Fail(Exception e);
}

/// <summary>A task waits for the reply.</summary>
internal sealed class WaitingCaller : ReplyCaller
{
    private readonly TaskCompletionSource<Reply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The trace that the call belongs to.</summary>
    public ActivityContext Parent { get; } = Activity.Current?.Context ?? default;

    public Task<Reply> Reply => _reply.Task;

    public override void Answer(Reply reply) => _reply.TrySetResult(reply);

    public override void Fail(Exception e) => _reply.TrySetException(e);
}
