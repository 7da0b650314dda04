using Concordat.Core;
using Concordat.Server.Engine;

namespace Concordat.Simulation;

/// <summary>
/// Judges what the coordinator says and what the participants answer against what is on the disks: the invariants of the protocol, over
/// the whole run.
/// </summary>
internal sealed class Deals(World world)
{
    private readonly Dictionary<TransactionId, Deal> _deals = [];
    private readonly Dictionary<string, Deal> _byKey = new(StringComparer.Ordinal);
    private Timestamp _endedBefore;

    internal IReadOnlyCollection<Deal> All => _deals.Values;

    internal Deal? Find(TransactionId id) => _deals.GetValueOrDefault(id);

    /// <summary>Also one that no record shows yet: where everybody inquires, the begin is not forced before the first prepare.</summary>
    internal Deal Know(TransactionId id)
    {
        if (!_deals.TryGetValue(id, out var deal))
        {
            deal = new Deal(id) { BegunIn = world.Coordinator.Incarnation, AskedAt = world.Now };
            _deals.Add(id, deal);
        }

        return deal;
    }

    /// <summary>The coordinator is about to call.</summary>
    internal void Calling(Call call)
    {
        var id = call.Key.Transaction;
        var deal = Know(id);
        deal.At(call.Key.Branch, call.Target.BranchId, world.NumberOf(call.Target.Participant));
        deal.CreatedAt = call.Target.CreatedAt;
        RequireEnded(call.EndedBefore);
        switch (call.Kind)
        {
            case CallKind.Commit:
                TellCommitted(deal, $"a commit call to {call.Target.Participant}");
                if (!deal.Settled && call.Evidence != Accounts.EvidenceOf(call.Target.BranchId))
                {
                    throw world.Break("evidence", $"the commit of {id}/{call.Target.BranchId} brings back '{call.Evidence}' and not what its yes gave");
                }

                break;
            case CallKind.Rollback:
                TellAborted(deal, $"a rollback call to {call.Target.Participant}");
                break;
            case CallKind.Prepare when deal.ToldCommitted || deal.ToldAborted:
                throw world.Break("I13", $"{id} is prepared after its outcome was told");
            default:
                world.Tenures.Preparing(deal, call.Target.BranchId);
                break;
        }
    }

    /// <summary>I13: what participants are told is why they forget tombstones, and why they refuse what is older.</summary>
    private void RequireEnded(Timestamp before)
    {
        _endedBefore = Timestamp.Max(_endedBefore, before);
        foreach (var deal in _deals.Values)
        {
            var lives = deal.IsInLog || deal.BegunIn == world.Coordinator.Incarnation;
            if (deal.CreatedAt < before && lives && !deal.IsEndDurable && !world.WasRestored)
            {
                throw world.Break("I13", $"participants are told that all before {before} has ended, and {deal.Id} of {deal.CreatedAt} has not, durably");
            }
        }
    }

    /// <summary>A transaction begins, on record.</summary>
    internal void Begun(Deal deal, Timestamp createdAt, string? key)
    {
        deal.CreatedAt = createdAt;
        if (createdAt < _endedBefore && !world.WasRestored)
        {
            throw world.Break("I13", $"{deal.Id} is created at {createdAt}, and participants were told that all before {_endedBefore} has ended");
        }

        if (key is not null)
        {
            Keyed(key, deal);
        }
    }

    /// <summary>A key begins one transaction, until that one may be forgotten. One that a crash took begins again, if nobody has heard of it.</summary>
    private void Keyed(string key, Deal deal)
    {
        if (deal.IsSucceeded)
        {
            // The answer was given while it held the key, and waited for a slow disk.
            return;
        }

        if (_byKey.TryGetValue(key, out var first) && first != deal && !world.WasRestored)
        {
            var isForgotten = first.Ended is not null && world.Now - first.EndedNotBefore >= world.Plan.Coordinator.Options.RetentionAge;
            if (!isForgotten && (first.IsInLog || first.ToldUnderKey))
            {
                throw world.Break("idempotency key", $"key {key} began {first.Id}, which is not forgotten, and begins {deal.Id}");
            }

            first.IsSucceeded = true;
        }

        _byKey[key] = deal;
    }

    /// <summary>An answer to a call has reached the coordinator.</summary>
    internal void Heard(CallKey key, CallKind kind, CallResult result)
    {
        if (Find(key.Transaction) is not { } deal || key.Branch >= deal.Branches.Count)
        {
            return;
        }

        deal.LastHeardAt = world.Now;
        var branch = deal.Branches[key.Branch];
        switch (result)
        {
            case Voted { Vote: Vote.Yes }:
                branch.SaidYes = true;
                break;
            case Voted { Vote: Vote.ReadOnly }:
                branch.SaidReadOnly = branch.Left = true;
                break;
            case Voted:
                branch.SaidNo = branch.Left = true;
                break;
            case Rejected:
                branch.Rejected = true;
                break;
            case Done or NeverHeardOf when kind == CallKind.Rollback:
                branch.RollbackAcknowledged = true;
                break;
            case Done when kind == CallKind.Commit:
                branch.CommitAcknowledged = true;
                break;
        }
    }

    /// <summary>The coordinator is about to answer a request.</summary>
    internal void Answering(Request request, Response response)
    {
        switch (response)
        {
            case TransactionResponse r:
                Shown(r.Document, isOfNow: true);
                if (request is BeginInput { Key: { } key })
                {
                    Keyed(key.Value, Know(r.Document.Id));
                    Know(r.Document.Id).ToldUnderKey = true;
                }

                break;
            case TransactionsResponse r:
                foreach (var document in r.List.Items)
                {
                    Shown(document, isOfNow: false);
                }

                break;
            case InquiryResponse r when request is InquiryInput inquiry:
                Inquired(inquiry, r.Answer);
                break;
            case LockResponse r when request is LockInput locks:
                world.Tenures.Granted(Know(locks.Id), locks.Locks, r.Answer.FencingToken);
                break;
            case ProblemResponse { Kind: ProblemKind.AlreadyAborted or ProblemKind.Deadlock } problem:
                TellAborted(Know(IdOf(request)), problem.Kind.ToString());
                break;
            case ProblemResponse { Kind: ProblemKind.AlreadyCommitted }:
                TellCommitted(Know(IdOf(request)), "already-committed");
                break;
        }
    }

    /// <summary>The coordinator died: votes that it had heard are forgotten.</summary>
    internal void CoordinatorDied()
    {
        foreach (var branch in _deals.Values.SelectMany(d => d.Branches))
        {
            branch.SaidYes = branch.SaidNo = branch.SaidReadOnly = branch.Rejected = false;
        }
    }

    internal void TellCommitted(Deal deal, string by)
    {
        if (!deal.IsCommitted)
        {
            throw world.Break("I6", $"{by} says that {deal.Id} is committed, and its decision is not durable");
        }

        if (deal.ToldAborted)
        {
            throw world.Break("AC2", $"{deal.Id} was told to be aborted, and now {by} says committed");
        }

        deal.ToldCommitted = true;
    }

    internal void TellAborted(Deal deal, string by)
    {
        if (deal.Decided == Outcome.Committed || deal.WasCommitted)
        {
            throw world.Break("I14", $"{by} says that {deal.Id} is aborted, and it is decided to commit");
        }

        deal.ToldAborted = true;
    }

    private void Shown(TransactionDocument document, bool isOfNow)
    {
        var byState = document.State switch
        {
            TransactionState.Committing or TransactionState.Committed => Outcome.Committed,
            TransactionState.Aborting or TransactionState.Aborted => Outcome.Aborted,
            _ => (Outcome?)null,
        };
        if (byState != document.Outcome)
        {
            throw world.Break("I14", $"{document.Id} is shown {document.State} with outcome {document.Outcome}");
        }

        var deal = Know(document.Id);
        if (document.Outcome == Outcome.Committed)
        {
            TellCommitted(deal, "its document");
        }
        else if (document.Outcome == Outcome.Aborted)
        {
            TellAborted(deal, "its document");
        }
        else if (isOfNow && (deal.ToldAborted || deal.ToldCommitted) && !world.WasRestored)
        {
            throw world.Break("AC2", $"the outcome of {document.Id} was told, and now it is shown {document.State}");
        }
    }

    private void Inquired(InquiryInput inquiry, InquiryAnswer answer)
    {
        if (Find(inquiry.Id) is not { } deal)
        {
            // Its begin never became durable, or it is another coordinator's.
            if (answer.Outcome == InquiryOutcome.Committed || (answer.Outcome == InquiryOutcome.Aborted && world.IsStranger(inquiry.Id)))
            {
                throw world.Break("I18", $"{inquiry.Id} is not known to anybody, and is said to be {answer.Outcome}");
            }

            return;
        }

        switch (answer.Outcome)
        {
            case InquiryOutcome.Committed:
                TellCommitted(deal, "an inquiry");
                break;
            case InquiryOutcome.Aborted when deal.IsCommitted && inquiry.BranchId is { } b && deal.Find(b) is { CommittedDurable: true } or { Left: true }:
                // Forgotten after its end: nobody in doubt can ask any more; this is an old question.
                break;
            case InquiryOutcome.Aborted:
                if (answer.Presumed && deal.WasCommitted)
                {
                    throw world.Break("I10", $"abort is presumed of {deal.Id}, which was committed, to branch {inquiry.BranchId}");
                }

                TellAborted(deal, "an inquiry");
                break;
        }
    }

    private static TransactionId IdOf(Request request) => request switch
    {
        CommitInput r => r.Id,
        RollbackInput r => r.Id,
        EnlistInput r => r.Id,
        GetInput r => r.Id,
        ResolveInput r => r.Id,
        LockInput r => r.Id,
        _ => default,
    };
}
