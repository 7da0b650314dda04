namespace Concordat.Core.Tests.Models;

/// <summary>
/// A participant that keeps the contract, written from it and not from the code: what it promised is durable, outcomes are
/// remembered until <c>endedBefore</c> has passed them, and a prepare that is too old is refused.
/// </summary>
internal sealed class ParticipantModel(SplitMix64 random)
{
    private readonly Dictionary<(TransactionId, string), Entry> _branches = [];
    private Timestamp _endedBefore;

    internal enum Fate
    {
        Prepared,
        Committed,
        RolledBack,
        Refused,
        ReadOnly,
    }

    /// <summary>Every fate that a branch ever had here, forgotten or not: what the test judges by.</summary>
    internal Dictionary<(TransactionId Id, string Branch), Fate> Fates { get; } = [];

    /// <summary>What it applied, and how often: a repeated commit must not move the money twice.</summary>
    internal Dictionary<(TransactionId Id, string Branch), int> Applied { get; } = [];

    internal IEnumerable<(TransactionId Id, string Branch)> InDoubt => _branches.Where(b => b.Value.Fate == Fate.Prepared).Select(b => b.Key);

    internal CallResult Receive(Call call)
    {
        var key = (call.Key.Transaction, call.Target.BranchId);
        ForgetBefore(call.EndedBefore);
        return call.Kind switch
        {
            CallKind.Prepare => Prepare(key, call),
            CallKind.OnePhase => OnePhase(key, call),
            CallKind.Commit => Commit(key),
            _ => Rollback(key, call),
        };
    }

    /// <summary>It asked, and was told.</summary>
    internal void Told((TransactionId, string) key, Outcome outcome)
    {
        if (_branches.GetValueOrDefault(key)?.Fate == Fate.Prepared)
        {
            Settle(key, outcome == Outcome.Committed ? Fate.Committed : Fate.RolledBack);
        }
    }

    private Voted Prepare((TransactionId, string) key, Call call)
    {
        if (_branches.TryGetValue(key, out var known))
        {
            return known.Fate switch
            {
                Fate.Prepared or Fate.Committed => new Voted(Vote.Yes, null, null),
                Fate.ReadOnly => new Voted(Vote.ReadOnly, null, null),
                _ => new Voted(Vote.No, "rolled back", null),
            };
        }

        if (call.Target.CreatedAt < _endedBefore)
        {
            return new Voted(Vote.No, "too old", null);
        }

        var fate = Choose(Fate.Prepared);
        _branches[key] = new Entry(call.Target.CreatedAt);
        Settle(key, fate);
        return new Voted(fate == Fate.Prepared ? Vote.Yes : fate == Fate.ReadOnly ? Vote.ReadOnly : Vote.No, null, random.Next() % 2 == 0 ? "evidence" : null);
    }

    private Voted OnePhase((TransactionId, string) key, Call call)
    {
        if (!_branches.TryGetValue(key, out var known))
        {
            if (call.Target.CreatedAt < _endedBefore)
            {
                return new Voted(Vote.No, "too old", null);
            }

            known = _branches[key] = new Entry(call.Target.CreatedAt);
            Settle(key, Choose(Fate.Committed));
        }

        return new Voted(known.Fate == Fate.Committed ? Vote.Yes : known.Fate == Fate.ReadOnly ? Vote.ReadOnly : Vote.No, null, null);
    }

    private CallResult Commit((TransactionId, string) key)
    {
        switch (_branches.GetValueOrDefault(key)?.Fate)
        {
            case Fate.Prepared:
                Settle(key, Fate.Committed);
                return Done.Instance;
            case Fate.Committed:
                return Done.Instance;
            default:
                return new NeverHeardOf("never heard of it");
        }
    }

    private Done Rollback((TransactionId, string) key, Call call)
    {
        var fate = _branches.GetValueOrDefault(key)?.Fate;
        Assert.False(fate == Fate.Committed, $"AC1: {key} has committed and is told to roll back");
        if (fate is null && call.Target.CreatedAt >= _endedBefore)
        {
            _branches[key] = new Entry(call.Target.CreatedAt);
            Settle(key, Fate.RolledBack);
        }
        else if (fate is Fate.Prepared)
        {
            Settle(key, Fate.RolledBack);
        }

        return Done.Instance;
    }

    private void Settle((TransactionId, string) key, Fate fate)
    {
        _branches[key].Fate = fate;
        Fates[key] = fate;
        if (fate == Fate.Committed)
        {
            Applied[key] = Applied.GetValueOrDefault(key) + 1;
        }
    }

    private Fate Choose(Fate yes) => (random.Next() % 10) switch
    {
        0 => Fate.Refused,
        1 => Fate.ReadOnly,
        _ => yes,
    };

    private void ForgetBefore(Timestamp endedBefore)
    {
        _endedBefore = Timestamp.Max(_endedBefore, endedBefore);
        foreach (var (key, entry) in _branches.Where(b => b.Value.CreatedAt < _endedBefore && b.Value.Fate != Fate.Prepared).ToList())
        {
            _branches.Remove(key);
        }
    }

    private sealed class Entry(Timestamp createdAt)
    {
        internal Timestamp CreatedAt { get; } = createdAt;
        internal Fate Fate { get; set; }
    }
}
