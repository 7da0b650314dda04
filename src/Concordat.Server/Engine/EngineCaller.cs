using Concordat.Core;

namespace Concordat.Server.Engine;

/// <summary>A request that waits for its answer.</summary>
internal sealed class EngineCaller : Caller
{
    private readonly TaskCompletionSource<Response> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<Response> Answer => _answer.Task;

    /// <summary>Neighbours in <see cref="CallersInside"/>.</summary>
    internal EngineCaller? Previous, Next;

    internal void Complete(Response response)
    {
        if (!_answer.TrySetResult(response))
        {
            throw new ProtocolViolationException("a caller was answered twice");
        }
    }

    internal void Fail(Exception exception) => _answer.TrySetException(exception);
}

/// <summary>Those whose request was taken in and is not answered: told when the engine stops. Engine's thread only.</summary>
internal sealed class CallersInside
{
    private EngineCaller? _first;

    internal void Add(EngineCaller caller)
    {
        caller.Next = _first;
        if (_first is not null)
        {
            _first.Previous = caller;
        }

        _first = caller;
    }

    internal void Remove(EngineCaller caller)
    {
        if (caller.Previous is null)
        {
            _first = caller.Next;
        }
        else
        {
            caller.Previous.Next = caller.Next;
        }

        if (caller.Next is not null)
        {
            caller.Next.Previous = caller.Previous;
        }

        caller.Previous = caller.Next = null;
    }

    internal void FailAll(Exception reason)
    {
        for (var caller = _first; caller is not null; caller = caller.Next)
        {
            caller.Fail(reason);
        }

        _first = null;
    }
}
