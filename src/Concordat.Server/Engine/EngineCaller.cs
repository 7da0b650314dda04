using Concordat.Core;

namespace Concordat.Server.Engine;

/// <summary>Somebody whose request was taken in, and who is told once.</summary>
internal abstract class EngineCaller : Caller
{
    /// <summary>Neighbours in <see cref="CallersInside"/>.</summary>
    internal EngineCaller? Previous, Next;

    private volatile object? _saga;

    /// <summary>The saga that it waits for, where it waits for one and the engine has taken it in.</summary>
    internal TransactionId? Saga
    {
        get => (TransactionId?)_saga;
        set => _saga = value;
    }

    internal abstract void Complete(Response response);

    internal abstract void Fail(Exception exception);
}

/// <summary>A task waits for the answer.</summary>
internal sealed class WaitingCaller : EngineCaller
{
    private readonly TaskCompletionSource<Response> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<Response> Answer => _answer.Task;

    internal override void Complete(Response response)
    {
        if (!_answer.TrySetResult(response))
        {
            throw new ProtocolViolationException("a caller was answered twice");
        }
    }

    internal override void Fail(Exception exception) => _answer.TrySetException(exception);
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
