namespace Concordat.Core.History;

/// <summary>Which transaction a key began. A key goes with its transaction's history and never earlier.</summary>
internal sealed class IdempotencyKeys
{
    private readonly Dictionary<string, Use> _uses = new(StringComparer.Ordinal);

    internal int Count => _uses.Count;

    internal bool TryFind(string key, out Use use) => _uses.TryGetValue(key, out use);

    internal void Add(IdempotencyKey key, TransactionId id) => _uses.Add(key.Value, new Use(key, id));

    internal void Remove(string key) => _uses.Remove(key);

    internal readonly record struct Use(IdempotencyKey Key, TransactionId Id);
}
