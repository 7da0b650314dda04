namespace Concordat.Core.Locking;

/// <summary>Requests that wait for a key and will be granted together: an exclusive one, or a run of shared ones.</summary>
internal sealed class WaitGroup(LockKey key, LockMode mode, bool isUpgrade)
{
    internal LockKey Key { get; } = key;

    internal LockMode Mode { get; } = mode;

    /// <summary>Its one owner holds the key shared.</summary>
    internal bool IsUpgrade { get; } = isUpgrade;

    internal LockRequest? First, Last;

    /// <summary>Neighbours in the queue.</summary>
    internal WaitGroup? Previous, Next;

    internal void Add(LockRequest request)
    {
        request.Group = this;
        request.Previous = Last;
        request.Next = null;
        _ = Last is null ? First = request : Last.Next = request;
        Last = request;
    }

    internal void Remove(LockRequest request)
    {
        _ = request.Previous is null ? First = request.Next : request.Previous.Next = request.Next;
        _ = request.Next is null ? Last = request.Previous : request.Next.Previous = request.Previous;
        request.Group = null;
        request.Previous = request.Next = null;
    }

    internal void Append(WaitGroup other)
    {
        while (other.First is { } request)
        {
            other.Remove(request);
            Add(request);
        }
    }
}
