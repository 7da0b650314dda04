using System.Buffers;
using System.Text;
using System.Text.Json;
using Concordat.Client.Participants;

namespace Concordat.Client.Tests.Participants;

/// <summary>Accounts in memory, whose truth is the participant's log.</summary>
internal sealed class TestBank : ILoggedResourceManager
{
    private readonly SortedDictionary<string, long> _balances = new(StringComparer.Ordinal) { ["alice"] = 1000 };
    private readonly Dictionary<string, (string Account, long Amount)> _held = new(StringComparer.Ordinal);

    /// <summary>Blocks the engine while it is not set.</summary>
    public ManualResetEventSlim Open { get; } = new(initialState: true);

    public long BalanceOf(string account) => _balances.GetValueOrDefault(account);

    public int Held => _held.Count;

    public VoteResult Prepare(BranchContext branch)
    {
        Open.Wait();
        var operation = branch.Operations.Count == 0 ? null : branch.Operations[0];
        switch (operation?.Type)
        {
            case null:
                return VoteResult.ReadOnly();
            case "debit":
                var amount = operation.DataAs<Money>().Amount;
                if (BalanceOf(operation.Resource!) < amount)
                {
                    return VoteResult.No("insufficient funds");
                }

                _balances[operation.Resource!] -= amount;
                _held.Add(branch.Key, (operation.Resource!, amount));
                return VoteResult.Yes("held");
            case "break":
                throw new InvalidOperationException("broken");
            case "fail-later":
                _held.Add(branch.Key, ("nobody", -1));
                return VoteResult.Yes();
            default:
                return VoteResult.No("unknown operation");
        }
    }

    public void Commit(BranchContext branch)
    {
        if (!_held.Remove(branch.Key, out var held) || held.Amount < 0)
        {
            throw new InvalidOperationException($"nothing is held for {branch.Key}");
        }
    }

    public void Rollback(BranchContext branch)
    {
        _held.Remove(branch.Key, out var held);
        _balances[held.Account] += held.Amount;
    }

    public void Apply(ReadOnlySpan<byte> change)
    {
        var parts = Encoding.UTF8.GetString(change).Split(' ');
        var amount = long.Parse(parts[1]);
        if (amount <= 0)
        {
            throw new ArgumentException("a deposit is more than nothing", nameof(change));
        }

        _balances[parts[0]] = BalanceOf(parts[0]) + amount;
    }

    public void Save(IBufferWriter<byte> to)
    {
        using var json = new Utf8JsonWriter(to);
        JsonSerializer.Serialize(json, new Saved(new(_balances), _held.ToDictionary(h => h.Key, h => new SavedHold(h.Value.Account, h.Value.Amount))));
    }

    public void Load(ReadOnlySpan<byte> saved)
    {
        var state = JsonSerializer.Deserialize<Saved>(saved)!;
        _balances.Clear();
        _held.Clear();
        foreach (var (account, balance) in state.Balances)
        {
            _balances[account] = balance;
        }

        foreach (var (key, hold) in state.Held)
        {
            _held[key] = (hold.Account, hold.Amount);
        }
    }

    internal sealed record Money(long Amount);

    internal sealed record Saved(Dictionary<string, long> Balances, Dictionary<string, SavedHold> Held);

    internal sealed record SavedHold(string Account, long Amount);
}
