using System.Buffers;
using System.Text.Json;
using Concordat.Client.Participants;

namespace Concordat.Fuzz.Tests.Sdk;

/// <summary>A resource manager that takes whatever it is given and can say exactly what it holds.</summary>
internal sealed class Purse : ILoggedResourceManager
{
    private readonly SortedSet<string> _held = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _spent = new(StringComparer.Ordinal);

    public override string ToString() => $"held {string.Join(' ', _held)}; spent {string.Join(' ', _spent)}";

    public VoteResult Prepare(BranchContext branch)
    {
        if (branch.Operations.Count == 0)
        {
            return VoteResult.ReadOnly();
        }

        if (branch.Operations[0].Type != "debit")
        {
            return VoteResult.No("only debits: " + branch.Operations[0].Type);
        }

        _held.Add(branch.Key);
        return VoteResult.Yes("held");
    }

    public void Commit(BranchContext branch)
    {
        _held.Remove(branch.Key);
        _spent.Add(branch.Key);
    }

    public void Rollback(BranchContext branch) => _held.Remove(branch.Key);

    public void Apply(ReadOnlySpan<byte> change) => throw new NotSupportedException();

    public void Save(IBufferWriter<byte> to)
    {
        using var json = new Utf8JsonWriter(to);
        JsonSerializer.Serialize(json, new[] { [.. _held], _spent.ToArray() });
    }

    public void Load(ReadOnlySpan<byte> saved)
    {
        var sets = JsonSerializer.Deserialize<string[][]>(saved)!;
        _held.Clear();
        _spent.Clear();
        _held.UnionWith(sets[0]);
        _spent.UnionWith(sets[1]);
    }
}
