using Concordat.Core;
using Concordat.Core.Records;

namespace Concordat.Simulation;

/// <summary>Reads the coordinator's log off its disk and judges each record as it is written.</summary>
internal sealed class CoordinatorWitness(World world) : LogWitness(world, "the coordinator")
{
    private readonly HashSet<ulong> _nonces = [];

    private Deals Deals => World.Deals;

    /// <summary>Whether the log, as it is now, knows the epoch of this id. One that it does not know is answered log-behind, for ever.</summary>
    internal bool KnowsEpochOf(TransactionId id) => Entries.Any(e => e.Record is EpochStarted r && r.Nonce == id.Nonce);

    protected override object Decode(byte type, ReadOnlySpan<byte> payload) => RecordCodec.Read(type, payload);

    protected override void Seen(Entry entry)
    {
        World.Coverage.Record(Role.Coordinator, ((CoordinatorRecord)entry.Record).GetType().Name);
        switch (entry.Record)
        {
            case EpochStarted r when !_nonces.Add(r.Nonce):
                throw World.Break("I11", $"the nonce {r.Nonce} is used for a second epoch");
            case EpochStarted { Restored: true }:
                World.Sagas.Suspend();
                break;
            case SagaRecord r:
                World.Sagas.Seen(r);
                break;
            case Begun r:
                Begun(r);
                break;
            case Enlisted r:
                Enlisted(Of(r.Id), r.Branch);
                break;
            case OnePhaseStarted r:
                Of(r.Id).OnePhase = true;
                break;
            case Decided r:
                Decided(r);
                break;
            case BranchSettled r:
                Of(r.Id).Branches[r.Branch].Settled = true;
                Of(r.Id).Settled = true;
                break;
            case UnknownSettled r:
                Settled(r);
                break;
            case Ended r:
                Ended(r);
                break;
        }
    }

    protected override void Durable(Entry entry)
    {
        switch (entry.Record)
        {
            case SagaRecord r:
                World.Sagas.Durable(r);
                break;
            case Decided r:
                Decide(Of(r.Id));
                break;
            case UnknownSettled r when !Of(r.Id).IsInLog:
                Decide(Of(r.Id));
                break;
            case Ended r:
                Of(r.Id).IsEndDurable = true;
                break;
            case OnePhaseStarted r:
                Of(r.Id).IsOnePhaseDurable = true;
                break;
            case Locked r:
                foreach (var held in r.Locks)
                {
                    Of(r.Id).DurableLocks[held.Key] = held.Mode;
                }

                break;
        }
    }

    protected override void Rebuilt(int lost)
    {
        if (lost == 0)
        {
            return;
        }

        foreach (var deal in Deals.All)
        {
            deal.Decided = null;
            deal.Ended = null;
            deal.IsDecisionDurable = deal.IsEndDurable = deal.IsOnePhaseDurable = false;
            deal.BranchesOnRecord = 0;
            deal.IsInLog = false;
        }

        World.Sagas.Rebuild(Entries.Select(entry => ((CoordinatorRecord)entry.Record, entry.IsDurable)));
        foreach (var entry in Entries)
        {
            switch (entry.Record)
            {
                case Begun r:
                    Of(r.Id).BranchesOnRecord = r.Branches.Count;
                    Of(r.Id).IsInLog = true;
                    break;
                case Enlisted r:
                    Of(r.Id).BranchesOnRecord++;
                    break;
                case OnePhaseStarted r:
                    Of(r.Id).IsOnePhaseDurable = entry.IsDurable;
                    break;
                case Decided r:
                    Of(r.Id).Decided = r.Outcome;
                    Of(r.Id).IsDecisionDurable = entry.IsDurable;
                    break;
                case UnknownSettled r when !Of(r.Id).IsInLog:
                    Of(r.Id).Decided = r.Outcome;
                    Of(r.Id).IsDecisionDurable = entry.IsDurable;
                    break;
                case Ended r:
                    Of(r.Id).Ended = r.Outcome;
                    Of(r.Id).IsEndDurable = entry.IsDurable;
                    break;
            }
        }
    }

    private Deal Of(TransactionId id) => Deals.Find(id) ?? throw World.Break("I11", $"a record names {id}, which never began");

    private void Begun(Begun r)
    {
        var deal = Deals.Know(r.Id);
        if (deal.IsOnRecord)
        {
            throw World.Break("I11", $"{r.Id} begins a second time");
        }

        deal.IsOnRecord = deal.IsInLog = true;
        Deals.Begun(deal, r.At, r.Header.Key?.Value);
        // With a slow disk its step has asked for it long before this record is seen.
        deal.AskedAt = deal.OfSaga is null ? World.FirstAskedFor(r.Header.Name) : TimeSpan.Zero;
        deal.Timeout = r.Header.Deadline - r.At;
        deal.BranchesOnRecord = r.Branches.Count;
        for (var i = 0; i < r.Branches.Count; i++)
        {
            deal.At(i, r.Branches[i].Id, World.NumberOf(r.Branches[i].Participant));
        }
    }

    private void Enlisted(Deal deal, BranchHeader branch)
    {
        deal.At(deal.BranchesOnRecord++, branch.Id, World.NumberOf(branch.Participant));
    }

    private void Decided(Decided r)
    {
        var deal = Of(r.Id);
        if (deal.Decided is { } before)
        {
            throw World.Break("AC2", $"{r.Id} was decided {before} and is decided {r.Outcome}");
        }

        deal.Decided = r.Outcome;
        if (r.Outcome == Outcome.Aborted)
        {
            RequireCause(deal, r.Reason);
            return;
        }

        if (deal.ToldAborted)
        {
            throw World.Break("I14", $"{r.Id} was told to be aborted and is decided to commit");
        }

        // Where nobody has prepared there is nothing to commit, and it ends as it is decided.
        if (deal.LostALockTo is { } other && r.Prepared.Count > 0 && !World.WasRestored)
        {
            throw World.Break("I17", $"{r.Id} is decided to commit, and {other.Id} was given a lock that it holds");
        }

        if (deal.Settled)
        {
            return;
        }

        for (var i = 0; i < deal.BranchesOnRecord; i++)
        {
            var branch = deal.Branches[i];
            if (branch.SaidNo || branch.Rejected || !(branch.SaidYes || branch.SaidReadOnly))
            {
                throw World.Break("AC3", $"{r.Id} is decided to commit without a yes of branch {branch.Id}");
            }

            if (branch.GaveUp)
            {
                throw World.Break("AC1", $"{r.Id} is decided to commit, and branch {branch.Id} has been rolled back");
            }

            if (branch.SaidYes != r.Prepared.Any(p => p.Branch == i) && !(branch.SaidYes && branch.SaidReadOnly) && !deal.OnePhase)
            {
                throw World.Break("AC3", $"the decision of {r.Id} does not name branch {branch.Id} as it voted");
            }
        }
    }

    private void Decide(Deal deal)
    {
        deal.IsDecisionDurable = true;
        if (deal.Decided == Outcome.Committed)
        {
            deal.WasCommitted = true;
            World.Ledger.Decided(deal);
        }
    }

    private void Settled(UnknownSettled r)
    {
        var deal = Of(r.Id);
        deal.Settled = true;
        if (!deal.IsInLog)
        {
            // Of one that the copy knows in part, the decision follows for itself.
            deal.Decided = r.Outcome;
        }
    }

    private void Ended(Ended r)
    {
        var deal = Of(r.Id);
        if (deal.Decided is { } decided && decided != r.Outcome)
        {
            throw World.Break("AC2", $"{r.Id} was decided {decided} and ends {r.Outcome}");
        }

        if (deal.Decided is null && r.Outcome == Outcome.Committed)
        {
            throw World.Break("I6", $"{r.Id} ends committed without a decision on record");
        }

        deal.Ended = r.Outcome;
        deal.Decided ??= r.Outcome;
        if (r.Outcome == Outcome.Aborted)
        {
            RequireCause(deal, r.Reason);
        }

        foreach (var branch in deal.Branches.Take(deal.BranchesOnRecord))
        {
            var acknowledged = r.Outcome == Outcome.Committed ? branch.CommitAcknowledged : branch.RollbackAcknowledged;
            if (!acknowledged && !branch.Left && !branch.Settled && !deal.OnePhase)
            {
                throw World.Break("I9", $"{r.Id} ends {r.Outcome}, and branch {branch.Id} has not acknowledged it ({r.Reason?.Code})");
            }
        }
    }

    /// <summary>AC4: what aborts says why, and why is true.</summary>
    private void RequireCause(Deal deal, AbortReason? reason)
    {
        var isTrue = reason?.Code switch
        {
            AbortCode.VoteNo => deal.Branches.Any(b => b.Left || b.SaidNo || b.Rejected || (b.SaidYes && b.SaidReadOnly)),
            AbortCode.Timeout => World.Now - deal.AskedAt >= deal.Timeout - TimeSpan.FromMilliseconds(10) || deal.BegunIn != World.Coordinator.Incarnation,
            AbortCode.Unreachable => World.Now - deal.AskedAt >= deal.Timeout - TimeSpan.FromMilliseconds(10) || deal.BegunIn != World.Coordinator.Incarnation,
            AbortCode.ClientRollback => deal.RollbackAsked || deal.OfSaga is { Written.HasTurned: true },
            AbortCode.Recovery => deal.BegunIn != World.Coordinator.Incarnation,
            AbortCode.Operator => deal.Settled,
            AbortCode.Deadlock => World.Tenures.MayBeDeadlocked,
            _ => false,
        };
        if (!isTrue)
        {
            throw World.Break("AC4", $"{deal.Id} aborts for {reason?.Code} ({reason?.Message}), which did not happen");
        }
    }
}
