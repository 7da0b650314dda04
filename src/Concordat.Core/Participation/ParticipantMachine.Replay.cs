using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.Records.ParticipantRecord;

// From records back to state. The table over (what is known, what the record says):
//
//                    Preparing   Prepared        Committed                RolledBack     Left
//   unknown          PREPARING   PREPARED (1)    COMMITTED, one phase     ROLLED BACK    impossible
//   PREPARING        impossible  PREPARED        COMMITTED, one phase (2) ROLLED BACK    unknown
//   PREPARED         impossible  impossible      COMMITTED                ROLLED BACK    impossible
//   a tombstone      impossible  impossible      impossible               impossible     impossible
//
// (1) Impossible where the resource manager has its own store: there "preparing" comes first.
// (2) Read-only only: a yes has its own "prepared" there.
public sealed partial class ParticipantMachine
{
    /// <summary>
    /// Takes in one record of a run. <paramref name="resource"/> is what the resource manager has to do again, in the same order as
    /// it once did it; null where it keeps its state itself.
    /// </summary>
    /// <exception cref="ParticipantHistoryException">The record cannot have followed what came before it.</exception>
    internal void Replay(OfBranch record, IReplayedResource? resource)
    {
        // First of all, as with a call: the mark may have risen by a call that left no record, and let go of what this key was then.
        RaiseMark(record.Key.Transaction.Coordinator, MarkIn(record));
        _branches.TryGetValue(record.Key, out var branch);
        switch (record, branch?.Phase)
        {
            case (Preparing r, null) when settings.HasOwnStore:
                RestorePreparing(r);
                break;
            case (Prepared r, null) when !settings.HasOwnStore:
                RestorePrepared(r);
                resource?.Prepare(r.Key, r.Terms);
                break;
            case (Prepared r, BranchPhase.Preparing):
                RemoveLive(branch!);
                RestorePrepared(r);
                break;
            case (Committed { OnePhase: true } r, null) when !settings.HasOwnStore:
                RestoreTombstone(r);
                if (r.Operations is { } operations)
                {
                    resource?.PrepareAndCommit(r.Key, new BranchTerms { CreatedAt = r.CreatedAt, Operations = operations });
                }

                break;
            case (Committed { OnePhase: true, Vote: Vote.ReadOnly } r, BranchPhase.Preparing):
                RemoveLive(branch!);
                RestoreTombstone(r);
                break;
            case (Committed r, BranchPhase.Prepared):
                resource?.Commit(r.Key, branch!.Terms);
                RemoveLive(branch!);
                RestoreTombstone(r);
                break;
            case (RolledBack r, null):
                RestoreTombstone(r);
                break;
            case (RolledBack r, BranchPhase.Preparing or BranchPhase.Prepared):
                if (branch!.Phase == BranchPhase.Prepared)
                {
                    resource?.Rollback(r.Key, branch.Terms);
                }

                RemoveLive(branch);
                RestoreTombstone(r);
                break;
            case (Left, BranchPhase.Preparing):
                RemoveLive(branch!);
                break;
            default:
                throw new ParticipantHistoryException(
                    $"The participant's log says '{record.GetType().Name}' about branch {record.Key}, which was {branch?.Phase.ToString() ?? "unknown"} " +
                    "before. That cannot have happened. Keep a copy of the log, look at it with 'concordat log inspect', and report it.");
        }
    }

    private static Timestamp MarkIn(OfBranch record) => record switch
    {
        Preparing r => r.EndedBefore,
        Prepared r => r.EndedBefore,
        Committed r => r.EndedBefore,
        RolledBack r => r.EndedBefore,
        _ => Timestamp.Zero,
    };

    /// <summary>Forgets everything and takes the state of a checkpoint instead.</summary>
    internal void Restore(IReadOnlyList<EndedMark> marks, IReadOnlyList<OfBranch> branches)
    {
        foreach (var branch in _branches.Values)
        {
            _timers.Disarm(branch);
        }

        _branches.Clear();
        _coordinators.Clear();
        _live = 0;
        InDoubt = 0;
        _reservedBytes = 0;
        foreach (var mark in marks)
        {
            RaiseMark(mark.Coordinator, mark.EndedBefore);
        }

        foreach (var record in branches)
        {
            if (_branches.ContainsKey(record.Key))
            {
                throw new ParticipantHistoryException($"A checkpoint of the participant's log holds branch {record.Key} twice.");
            }

            switch (record)
            {
                case Preparing r:
                    RestorePreparing(r);
                    break;
                case Prepared r:
                    RestorePrepared(r);
                    break;
                case Committed or RolledBack:
                    RestoreTombstone(record);
                    break;
                default:
                    throw new ParticipantHistoryException($"A checkpoint of the participant's log holds a '{record.GetType().Name}' of {record.Key}.");
            }
        }
    }

    /// <summary>
    /// The replay is over. What was only preparing is undone at once, what was promised in one phase is carried out, and what is in
    /// doubt asks, spread over the time that the contract gives.
    /// </summary>
    public void Recovered(Now now)
    {
        foreach (var branch in _branches.Values)
        {
            switch (branch.Phase)
            {
                case BranchPhase.Preparing:
                    _timers.Arm(branch, now.Monotonic);
                    break;
                case BranchPhase.Prepared when branch.OnePhase:
                    InDoubt--;
                    branch.Phase = BranchPhase.Ending;
                    branch.Decided = Outcome.Committed;
                    _timers.Arm(branch, now.Monotonic);
                    break;
                case BranchPhase.Prepared:
                    _timers.Arm(branch, now.Monotonic + settings.InquireAfter * random.NextUnit());
                    break;
                default:
                    break;
            }
        }
    }

    private void RestorePreparing(Preparing record)
    {
        var branch = AddLive(record.Key, record.Terms, record.OnePhase);
        Reserve(branch, RecordsAhead(record.Terms) - LogBudget.PromiseBytes(record.Terms));
    }

    private void RestorePrepared(Prepared record)
    {
        var branch = AddLive(record.Key, record.Terms, record.OnePhase);
        branch.Phase = BranchPhase.Prepared;
        branch.Promised = true;
        branch.Evidence = record.Evidence;
        Reserve(branch, LogBudget.OutcomeBytes);
        InDoubt++;
    }

    private void RestoreTombstone(OfBranch record)
    {
        var (createdAt, endedBefore) = record switch
        {
            Committed r => (r.CreatedAt, r.EndedBefore),
            RolledBack r => (r.CreatedAt, r.EndedBefore),
            _ => throw new ParticipantInvariantException($"a {record.GetType().Name} is no tombstone"),
        };
        RaiseMark(record.Key.Transaction.Coordinator, endedBefore);
        if (createdAt < MarkOf(record.Key.Transaction))
        {
            return;
        }

        var branch = AddRemembered(
            record.Key, createdAt, record is Committed ? BranchPhase.Committed : BranchPhase.RolledBack, record is Committed { OnePhase: true });
        switch (record)
        {
            case Committed r:
                branch.Decided = Outcome.Committed;
                branch.Vote = r.Vote;
                branch.Evidence = r.Evidence;
                break;
            case RolledBack r:
                branch.Decided = Outcome.Aborted;
                branch.Reason = r.Reason;
                break;
        }
    }

    private void RemoveLive(Branch branch)
    {
        if (branch.Phase == BranchPhase.Prepared)
        {
            InDoubt--;
        }

        Retire(branch);
        _branches.Remove(branch.Key);
    }
}

/// <summary>A resource manager whose state is the participant's log, as the replay drives it.</summary>
public interface IReplayedResource
{
    /// <summary>It voted yes once; any other vote now means that its code has changed, and must throw.</summary>
    void Prepare(BranchKey key, BranchTerms terms);

    void Commit(BranchKey key, BranchTerms terms);

    void Rollback(BranchKey key, BranchTerms terms);

    void PrepareAndCommit(BranchKey key, BranchTerms terms);

    void Apply(ReadOnlySpan<byte> change);

    /// <summary>Replaces all of its state by a saved one, given in pieces.</summary>
    void Load(IReadOnlyList<byte[]> pieces);
}
