using System.Diagnostics;
using Concordat.Core.Participation;

namespace Concordat.Client.Participants;

/// <summary>A call that waits for its reply.</summary>
internal sealed class WaitingCaller : Caller
{
    private readonly TaskCompletionSource<Reply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The trace that the call belongs to.</summary>
    public ActivityContext Parent { get; } = Activity.Current?.Context ?? default;

    public Task<Reply> Reply => _reply.Task;

    public void Answer(Reply reply) => _reply.TrySetResult(reply);

    public void Fail(Exception e) => _reply.TrySetException(e);
}
