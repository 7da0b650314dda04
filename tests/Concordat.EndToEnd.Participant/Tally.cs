using System.Buffers;
using System.Text.Json;
using Concordat.Client.Participants;

namespace Concordat.EndToEnd.Participant;

/// <summary>Counts how often each transaction was applied, so that "exactly once" can be read off. The operation <c>refuse</c> is voted down.</summary>
internal sealed class Tally(StopPoints points) : ILoggedResourceManager
{
    internal Dictionary<string, int> Applied { get; private set; } = new(StringComparer.Ordinal);

    internal HashSet<string> Held { get; private set; } = new(StringComparer.Ordinal);

    public VoteResult Prepare(BranchContext branch)
    {
        points.Pass(StopPoints.InPrepare);
        if (branch.Operations.Any(o => o.Type == "refuse"))
        {
            return VoteResult.No("asked to refuse");
        }

        return Held.Add(branch.Key) ? VoteResult.Yes() : throw new InvalidOperationException($"{branch.Key} is prepared twice");
    }

    public void Commit(BranchContext branch)
    {
        Release(branch);
        var transaction = branch.TransactionId.ToString();
        Applied[transaction] = Applied.GetValueOrDefault(transaction) + 1;
    }

    public void Rollback(BranchContext branch) => Release(branch);

    public void Apply(ReadOnlySpan<byte> change) => throw new NotSupportedException("nothing changes outside transactions");

    public void Save(IBufferWriter<byte> to)
    {
        using var json = new Utf8JsonWriter(to);
        JsonSerializer.Serialize(json, new Saved(Applied, Held));
    }

    public void Load(ReadOnlySpan<byte> saved) => (Applied, Held) = JsonSerializer.Deserialize<Saved>(saved)!;

    private void Release(BranchContext branch)
    {
        if (!Held.Remove(branch.Key))
        {
            throw new InvalidOperationException($"{branch.Key} ends and was not prepared");
        }
    }

    private sealed record Saved(Dictionary<string, int> Applied, HashSet<string> Held);
}
