namespace Concordat.Core.History;

/// <summary>Which transaction a key began. A key goes with its transaction's history and never earlier.</summary>
internal sealed class IdempotencyKeys
{
    private readonly Dictionary<string, Use> _uses = new(StringComparer.Ordinal);

    internal int Count => _uses.Count;

    internal bool TryFind(string key, out Use use) => _uses.TryGetValue(key, out use);

    internal void Add(IdempotencyKey key, TransactionId id) => _uses.Add(key.Value, new Use(key, id));

    /// <summary>
    /// A key that begins another transaction in the log was free again by then. A replay may not know that yet, since it sees of
    /// the time that passed only what lies between records.
    /// </summary>
    internal void Replay(IdempotencyKey key, TransactionId id) => _uses[key.Value] = new Use(key, id);

    /// <summary>The transaction is forgotten, and the key with it, where it is still its.</summary>
    internal void Remove(string key, TransactionId id)
    {
        if (_uses.TryGetValue(key, out var use) && use.Id == id)
        {
            _uses.Remove(key);
        }
    }

    internal readonly record struct Use(IdempotencyKey Key, TransactionId Id);
}
