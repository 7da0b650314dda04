using Concordat.Core.Participation;

namespace Concordat.Simulation;

/// <summary>
/// The bank's total at every instant: what stands on the accounts, and what is decided and not yet applied, is what there was in the
/// beginning.
/// </summary>
internal sealed class Ledger(World world)
{
    private readonly Dictionary<BranchKey, (int Participant, int Amount)> _decided = [];
    private readonly Dictionary<int, HashSet<BranchKey>> _applied = [];
    private readonly Dictionary<int, int> _totals = [];
    private int _pending;

    internal void Opened(int participant, Accounts accounts)
    {
        _applied[participant] = [];
        _totals[participant] = accounts.Total;
    }

    /// <summary>A commit is durable.</summary>
    internal void Decided(Deal deal)
    {
        if (deal.IsCounted)
        {
            return;
        }

        deal.IsCounted = true;
        foreach (var branch in deal.Branches)
        {
            var key = new BranchKey(deal.Id, branch.Id);
            var amount = Moved(key);
            if (amount != 0 && _decided.TryAdd(key, (branch.Participant, amount)) && !_applied[branch.Participant].Contains(key))
            {
                _pending += amount;
            }
        }

        Check($"the decision of {deal.Id}");
    }

    /// <summary>A participant has moved the money, in memory at least.</summary>
    internal void Applied(ParticipantNode node, BranchKey key)
    {
        if (!node.IsOpen)
        {
            // A replay: judged as a whole when it is over.
            return;
        }

        Apply(node.Number, key);
        _totals[node.Number] = node.Accounts!.Total;
        Check($"{node} has applied {key}");
    }

    /// <summary>A participant's process began or ended: what it has applied now is this.</summary>
    internal void Reset(int participant, IReadOnlySet<BranchKey> applied, int total)
    {
        foreach (var key in _applied[participant])
        {
            _pending += _decided.TryGetValue(key, out var d) ? d.Amount : 0;
        }

        _applied[participant].Clear();
        foreach (var key in applied)
        {
            Apply(participant, key);
        }

        _totals[participant] = total;
        Check($"participant {participant} began or ended");
    }

    /// <summary>What a branch adds to its participant's total.</summary>
    internal static int Moved(BranchKey key)
    {
        var leg = Accounts.LegOf(key.Branch);
        return leg.OtherAccount == Leg.None ? leg.Amount : 0;
    }

    private void Apply(int participant, BranchKey key)
    {
        _applied[participant].Add(key);
        if (_decided.TryGetValue(key, out var decided))
        {
            _pending -= decided.Amount;
        }
        else if (Moved(key) != 0 && !world.IsStranger(key.Transaction))
        {
            throw world.Break("I12", $"participant {participant} has applied {key}, which is not decided to commit");
        }
    }

    private void Check(string after)
    {
        var total = _pending;
        foreach (var (_, t) in _totals)
        {
            total += t;
        }

        var opening = _totals.Count * Accounts.Count * Accounts.Opening;
        if (total != opening)
        {
            throw world.Break("bank total", $"after {after} there are {total} where {opening} were in the beginning");
        }
    }
}
