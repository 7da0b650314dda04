using System.Text.Json;
using Concordat.Core;
using Concordat.Core.Participation;

namespace Concordat.Simulation;

/// <summary>
/// A participant in another language, written from the contract and not from our code: every step is one transaction in a database that
/// loses nothing, outcomes are remembered until <c>endedBefore</c> has passed them, and what is older than that is refused.
/// </summary>
internal sealed class ForeignNode : ParticipantNode
{
    private static readonly TimeSpan FirstInquiry = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan NextInquiry = TimeSpan.FromSeconds(50);

    private readonly Dictionary<BranchKey, (string State, Timestamp CreatedAt)> _branches = [];
    private readonly Accounts _accounts;
    private Timestamp _endedBefore;

    internal ForeignNode(World world, int number, ParticipantPlan plan, Dice dice)
        : base(world, number, plan, dice) => _accounts = new Accounts(world, this);

    internal override Accounts Accounts => _accounts;

    internal override int Unfinished => _branches.Values.Count(b => b.State == "prepared");

    internal override void Receive(Call call, Network.Exchange exchange)
    {
        var key = new BranchKey(call.Key.Transaction, call.Target.BranchId);
        if (call.EndedBefore > _endedBefore)
        {
            _endedBefore = call.EndedBefore;
            foreach (var (old, _) in _branches.Where(b => b.Value.State != "prepared" && b.Value.CreatedAt < _endedBefore).ToList())
            {
                _branches.Remove(old);
            }
        }

        var answer = call.Kind switch
        {
            CallKind.Prepare => Prepare(key, call),
            CallKind.OnePhase => OnePhase(key, call),
            CallKind.Commit => Commit(key),
            _ => Rollback(key, call.Target.CreatedAt),
        };
        World.Tell(this, $"answers {call.Kind} {World.Short(key.Transaction)}/{key.Branch}: {answer.Status}");
        exchange.Answer(answer);
    }

    /// <summary>A person ends a branch in its database; one that is not there yet is refused from now on, should its prepare still come.</summary>
    internal void EndByHand(BranchKey key, Settlement settlement)
    {
        if (settlement == Settlement.Committed)
        {
            Told(key, InquiryResult.Committed);
        }
        else
        {
            Undo(key, _branches.TryGetValue(key, out var known) ? known.CreatedAt : Now.Wall);
        }
    }

    protected override void Start()
    {
        IsOpen = true;
        foreach (var (key, _) in _branches.Where(b => b.Value.State == "prepared").ToList())
        {
            AskLater(key, FirstInquiry);
        }

        Register();
    }

    protected override void Stopped() => IsOpen = false;

    private HttpAnswer Prepare(BranchKey key, Call call)
    {
        if (_branches.TryGetValue(key, out var known))
        {
            return known.State switch
            {
                "prepared" or "committed" => VoteOf(Vote.Yes, key.Branch),
                "read-only" => VoteOf(Vote.ReadOnly),
                _ => new HttpAnswer(409, default),
            };
        }

        if (call.Target.CreatedAt < _endedBefore)
        {
            return new HttpAnswer(409, default);
        }

        var vote = _accounts.Prepare(key);
        if (vote == Vote.Yes)
        {
            Set(key, "prepared", call.Target.CreatedAt);
            AskLater(key, FirstInquiry);
        }
        else
        {
            Set(key, vote == Vote.No ? "refused" : "read-only", call.Target.CreatedAt);
        }

        return vote == Vote.No ? new HttpAnswer(409, default) : VoteOf(vote, vote == Vote.Yes ? key.Branch : null);
    }

    private HttpAnswer OnePhase(BranchKey key, Call call)
    {
        if (_branches.TryGetValue(key, out var known))
        {
            return known.State == "committed" ? VoteOf(Vote.Yes) : known.State == "read-only" ? VoteOf(Vote.ReadOnly) : new HttpAnswer(409, default);
        }

        if (call.Target.CreatedAt < _endedBefore)
        {
            return new HttpAnswer(409, default);
        }

        var vote = _accounts.Prepare(key);
        if (vote == Vote.Yes)
        {
            _accounts.Commit(key);
            World.Ledger.Applied(this, key);
        }

        Set(key, vote == Vote.Yes ? "committed" : vote == Vote.No ? "refused" : "read-only", call.Target.CreatedAt);
        return vote == Vote.No ? new HttpAnswer(409, default) : VoteOf(vote);
    }

    private HttpAnswer Commit(BranchKey key)
    {
        if (!_branches.TryGetValue(key, out var known))
        {
            // Whoever forgot may not say "done", and one that promised has not forgotten.
            return new HttpAnswer(404, default);
        }

        if (known.State == "prepared")
        {
            Apply(key, known.CreatedAt);
        }

        return new HttpAnswer(known.State is "prepared" or "committed" ? 204 : 409, default);
    }

    private HttpAnswer Rollback(BranchKey key, Timestamp createdAt)
    {
        if (_branches.TryGetValue(key, out var known) && known.State == "committed")
        {
            throw World.Break("AC1", $"{this} is told to roll back {key}, which it was told to commit");
        }

        Undo(key, createdAt);
        return new HttpAnswer(204, default);
    }

    private void Apply(BranchKey key, Timestamp createdAt)
    {
        _accounts.Commit(key);
        World.Ledger.Applied(this, key);
        Set(key, "committed", createdAt);
    }

    private void Undo(BranchKey key, Timestamp createdAt)
    {
        if (_branches.TryGetValue(key, out var known) && known.State == "prepared" && World.Deals.Find(key.Transaction)?.Find(key.Branch) is { } branch)
        {
            branch.GaveUp = true;
        }

        _accounts.Rollback(key);
        Set(key, "rolled back", createdAt);
    }

    private void Set(BranchKey key, string state, Timestamp createdAt)
    {
        if (World.Deals.Find(key.Transaction)?.Find(key.Branch) is { } branch)
        {
            branch.PreparedDurable |= state == "prepared";
            branch.CommittedDurable |= state == "committed";
            branch.RolledBackDurable |= state == "rolled back";
        }

        if (createdAt >= _endedBefore || state == "prepared")
        {
            _branches[key] = (state, createdAt);
        }
        else
        {
            _branches.Remove(key);
        }
    }

    private void AskLater(BranchKey key, TimeSpan delay)
    {
        if (!Plan.Flags.Inquires)
        {
            return;
        }

        After(delay, () =>
        {
            if (_branches.TryGetValue(key, out var known) && known.State == "prepared")
            {
                Inquire(key, TimeSpan.FromSeconds(10), result => Told(key, result));
                AskLater(key, NextInquiry);
            }
        });
    }

    private void Told(BranchKey key, InquiryResult result)
    {
        if (!_branches.TryGetValue(key, out var known) || known.State != "prepared")
        {
            return;
        }

        if (result == InquiryResult.Committed)
        {
            Apply(key, known.CreatedAt);
        }
        else if (result == InquiryResult.Aborted)
        {
            Undo(key, known.CreatedAt);
        }
    }

    private static HttpAnswer VoteOf(Vote vote, string? prepared = null)
    {
        var answer = new PrepareAnswer { Vote = vote, Evidence = prepared is null ? null : Simulation.Accounts.EvidenceOf(prepared) };
        return new(200, JsonSerializer.SerializeToUtf8Bytes(answer, ContractJson.Default.PrepareAnswer));
    }
}
