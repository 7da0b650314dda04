using Concordat.Core;

namespace Concordat.Server.Engine;

/// <summary>A request that waits for its answer.</summary>
internal sealed class EngineCaller : Caller
{
    private readonly TaskCompletionSource<Response> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<Response> Answer => _answer.Task;

    internal void Complete(Response response)
    {
        if (!_answer.TrySetResult(response))
        {
            throw new ProtocolViolationException("a caller was answered twice");
        }
    }

    internal void Fail(Exception exception) => _answer.TrySetException(exception);
}
