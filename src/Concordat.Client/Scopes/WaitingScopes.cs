using System.Collections.Concurrent;

namespace Concordat.Client;

/// <summary>Counts the scopes that wait for an outcome, and keeps new ones away while one has been waiting for too long.</summary>
internal sealed class WaitingScopes(TimeSpan limit, TimeProvider time)
{
    /// <summary>From its first answer that was none, by the clock that does not jump.</summary>
    private readonly ConcurrentDictionary<TransactionId, long> _since = new();

    public ScopeWaits Now => Longest is { } longest ? new(_since.Count, time.GetUtcNow() - longest) : default;

    /// <summary>How long the oldest has been waiting.</summary>
    public TimeSpan? Longest
    {
        get
        {
            TimeSpan? longest = null;
            foreach (var (_, since) in _since)
            {
                var wait = time.GetElapsedTime(since);
                longest = wait < longest ? longest : wait;
            }

            return longest;
        }
    }

    public void Add(TransactionId id) => _since.TryAdd(id, time.GetTimestamp());

    public TimeSpan Remove(TransactionId id) => _since.TryRemove(id, out var since) ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <exception cref="CoordinatorUnreachableException">A scope has been waiting for longer than the limit.</exception>
    public void ThrowIfStalled()
    {
        if (!_since.IsEmpty && Longest is { } longest && longest > limit)
        {
            throw new CoordinatorUnreachableException(
                $"No scope is begun: {_since.Count} of this process wait for the coordinator's outcome, the oldest for {longest.TotalSeconds:0.#} s, and another would only block one more thread. " +
                $"The limit is {nameof(ConcordatClientOptions.ScopeWaitLimit)}, {limit.TotalSeconds:0.###} s.");
        }
    }
}
