using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.ParticipantInput;

// What the resource manager answers.
public sealed partial class ParticipantMachine
{
    private void OnResourceFinished(ResourceFinished input, Now now, ICollection<ParticipantEffect> effects)
    {
        if (!_branches.TryGetValue(input.Key, out var branch) || !branch.Running)
        {
            throw new ParticipantInvariantException($"{input.What} of {input.Key} ended without having been asked for");
        }

        branch.Running = false;
        switch (input.What, input.Result)
        {
            case (ResourceCall.Prepare or ResourceCall.PrepareAndCommit, ResourceResult.Voted voted):
                OnVoted(branch, voted, input.What, now, effects);
                break;
            case (ResourceCall.Prepare or ResourceCall.PrepareAndCommit, ResourceResult.Failed failed):
                OnPrepareFailed(branch, failed.Text, now, effects);
                break;
            case (ResourceCall.Commit, ResourceResult.Done):
                OnCommitted(branch, branch.OnePhase, operations: null, effects);
                break;
            case (ResourceCall.Rollback, ResourceResult.Done or ResourceResult.NotHeld):
                OnRolledBack(branch, effects);
                break;
            case (ResourceCall.Commit, ResourceResult.NotHeld):
                OnEndFailed(branch, new Reply.NotHeld($"the resource manager no longer has branch {branch.Key}"), now, effects);
                break;
            case (ResourceCall.Commit or ResourceCall.Rollback, ResourceResult.Failed failed):
                OnEndFailed(branch, new Reply.Failed(failed.Text), now, effects);
                break;
            default:
                throw new ParticipantInvariantException($"{input.What} of {input.Key} ended with {input.Result.GetType().Name}");
        }
    }

    private void OnVoted(Branch branch, ResourceResult.Voted voted, ResourceCall what, Now now, ICollection<ParticipantEffect> effects)
    {
        Require(branch.Phase == BranchPhase.Preparing, $"a vote of {branch.Key} while {branch.Phase}");
        branch.Vote = voted.Vote;
        branch.Reason = Cut(voted.Reason);
        branch.Evidence = voted.Evidence;
        var rolledBackMeanwhile = branch.Decided == Outcome.Aborted;
        switch (voted.Vote)
        {
            case Vote.Yes when what == ResourceCall.PrepareAndCommit:
                OnCommitted(branch, onePhase: true, branch.Terms.Operations, effects);
                break;
            case Vote.Yes when rolledBackMeanwhile:
                RefuseVoteCallers(branch, effects);
                End(branch, Outcome.Aborted, cause: null, effects);
                break;
            case Vote.Yes:
                Promise(branch, now, effects);
                break;
            case Vote.No when rolledBackMeanwhile || branch.OnePhase:
            case Vote.ReadOnly when rolledBackMeanwhile:
                // In one phase the no is the outcome: a duplicate of the call must not run it again after a restart.
                RefuseVoteCallers(branch, effects);
                OnRolledBack(branch, effects);
                break;
            case Vote.ReadOnly when branch.OnePhase:
                OnCommitted(branch, onePhase: true, operations: null, effects);
                break;
            case Vote.No or Vote.ReadOnly:
                Remember(branch, BranchPhase.Left);
                Tell(branch.VoteCallers, new Reply.Voted(voted.Vote, branch.Reason, branch.Evidence), 0, effects);
                if (settings.HasOwnStore)
                {
                    // Nobody waits for it, so the branch does not remember its number either.
                    Append(new ParticipantRecord.Left(branch.Key, voted.Vote), force: false, effects);
                }

                break;
            default:
                throw new ParticipantInvariantException($"{(int)voted.Vote} is no vote");
        }
    }

    /// <summary>The yes. In one phase it is the participant's own decision to commit, and it goes on at once.</summary>
    private void Promise(Branch branch, Now now, ICollection<ParticipantEffect> effects)
    {
        Append(
            new ParticipantRecord.Prepared(branch.Key, branch.Terms, MarkOf(branch.Key.Transaction), branch.OnePhase, branch.Evidence),
            force: true, effects, branch);
        Reserve(branch, LogBudget.OutcomeBytes);
        branch.Phase = BranchPhase.Prepared;
        branch.Promised = true;
        branch.Failures = 0;
        InDoubt++;
        if (branch.OnePhase)
        {
            End(branch, Outcome.Committed, cause: null, effects);
            return;
        }

        Tell(branch.VoteCallers, new Reply.Voted(Vote.Yes, branch.Reason, branch.Evidence), branch.Record, effects);
        _timers.Arm(branch, now.Monotonic + settings.InquireAfter);
    }

    /// <summary>
    /// It may hold something, or not. It may be asked again; where nobody asks, the branch is undone after its deadline. In one phase
    /// there is none: the coordinator asks for ever, unless a person has settled the branch there, or has put an old copy in its place.
    /// </summary>
    private void OnPrepareFailed(Branch branch, string text, Now now, ICollection<ParticipantEffect> effects)
    {
        if (branch.Decided == Outcome.Aborted)
        {
            RefuseVoteCallers(branch, effects);
            End(branch, Outcome.Aborted, cause: null, effects);
            return;
        }

        Tell(branch.VoteCallers, new Reply.Failed(text), 0, effects);
        var left = branch.Terms.Deadline is { } deadline && deadline > now.Wall ? deadline - now.Wall : TimeSpan.Zero;
        _timers.Arm(branch, now.Monotonic + (branch.OnePhase ? settings.FailedOnePhaseGrace : left + settings.FailedPrepareGrace));
    }

    private void OnCommitted(Branch branch, bool onePhase, byte[]? operations, ICollection<ParticipantEffect> effects)
    {
        var record = new ParticipantRecord.Committed(
            branch.Key, branch.Terms.CreatedAt, MarkOf(branch.Key.Transaction), onePhase, branch.Vote, branch.Evidence, operations);
        branch.Decided = Outcome.Committed;
        Remember(branch, BranchPhase.Committed);
        Append(record, force: true, effects, branch);
        Tell(branch.VoteCallers, new Reply.Voted(branch.Vote, branch.Reason, branch.Evidence), branch.Record, effects);
        Tell(branch.EndCallers, new Reply.Done(), branch.Record, effects);
    }

    private void OnRolledBack(Branch branch, ICollection<ParticipantEffect> effects)
    {
        branch.Decided = Outcome.Aborted;
        Remember(branch, BranchPhase.RolledBack);
        Append(RolledBackRecord(branch), force: true, effects, branch);
        Tell(branch.VoteCallers, new Reply.Voted(Vote.No, branch.Reason ?? "it was rolled back"), branch.Record, effects);
        Tell(branch.EndCallers, new Reply.Done(), branch.Record, effects);
    }

    /// <summary>The outcome stands; the resource manager is asked again, by the next call or by time.</summary>
    private void OnEndFailed(Branch branch, Reply reply, Now now, ICollection<ParticipantEffect> effects)
    {
        branch.Failures++;
        Tell(branch.VoteCallers, reply is Reply.NotHeld held ? new Reply.Failed(held.Text) : reply, 0, effects);
        Tell(branch.EndCallers, reply, 0, effects);
        _timers.Arm(branch, now.Monotonic + settings.Retry.After(branch.Failures, random));
    }

    /// <summary>Two-phase callers learn of the rollback at once; in one phase they wait for it, since the no is the outcome.</summary>
    private static void RefuseVoteCallers(Branch branch, ICollection<ParticipantEffect> effects)
    {
        if (!branch.OnePhase)
        {
            Tell(branch.VoteCallers, new Reply.Refused("it was rolled back while it prepared"), 0, effects);
        }
    }
}
