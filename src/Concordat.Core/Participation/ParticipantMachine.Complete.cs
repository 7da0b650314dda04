using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.ParticipantEffect;
using static Concordat.Core.Participation.ParticipantInput;

// Commit and rollback, as the coordinator calls them.
public sealed partial class ParticipantMachine
{
    private void OnCommit(CommitCalled call, ICollection<ParticipantEffect> effects)
    {
        if (!_branches.TryGetValue(call.Key, out var branch))
        {
            // A participant without memory that said "done" here would lose the commit.
            effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.NotHeld($"branch {call.Key} was never prepared here, or ended long ago"), 0));
            return;
        }

        switch (branch.Phase)
        {
            case BranchPhase.Preparing when branch.Decided is null:
                effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.TooEarly($"branch {call.Key} has not voted yet"), 0));
                break;
            case BranchPhase.Prepared:
                branch.DecisionEvidence = call.Evidence;
                branch.EndCallers.Add(call.Caller);
                End(branch, Outcome.Committed, call.Caller, effects);
                break;
            case BranchPhase.Ending when branch.Decided == Outcome.Committed:
                branch.DecisionEvidence ??= call.Evidence;
                Wait(branch, branch.EndCallers, call.Caller, effects);
                RunEndAgain(branch, call.Caller, effects);
                break;
            case BranchPhase.Committed:
                effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Done(), branch.Record));
                break;
            case BranchPhase.Left when branch.Vote == Vote.ReadOnly:
                effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Done(), branch.Record));
                break;
            default:
                effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.NotHeld($"branch {call.Key} was {Past(branch)}"), branch.Record));
                break;
        }
    }

    private void OnRollback(RollbackCalled call, ICollection<ParticipantEffect> effects)
    {
        if (!_branches.TryGetValue(call.Key, out var branch))
        {
            RollBackUnknown(call, effects);
            return;
        }

        switch (branch.Phase)
        {
            case BranchPhase.Preparing when branch.Running:
                // The handler cannot be stopped half-way: the rollback follows it, whatever it votes.
                branch.Decided = Outcome.Aborted;
                branch.DecisionEvidence ??= call.Evidence;
                Wait(branch, branch.EndCallers, call.Caller, effects);
                break;
            case BranchPhase.Preparing or BranchPhase.Prepared:
                branch.DecisionEvidence = call.Evidence;
                branch.EndCallers.Add(call.Caller);
                End(branch, Outcome.Aborted, call.Caller, effects);
                break;
            case BranchPhase.Ending when branch.Decided == Outcome.Aborted:
                branch.DecisionEvidence ??= call.Evidence;
                Wait(branch, branch.EndCallers, call.Caller, effects);
                RunEndAgain(branch, call.Caller, effects);
                break;
            case BranchPhase.RolledBack:
                effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Done(), branch.Record));
                break;
            case BranchPhase.Left:
                if (FreeBytes < LogBudget.OutcomeBytes)
                {
                    effects.Add(new ParticipantEffect.Answer(call.Caller, LogFull, 0));
                    break;
                }

                Remember(branch, BranchPhase.RolledBack);
                Append(RolledBackRecord(branch), force: true, effects, branch);
                effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Done(), branch.Record));
                break;
            default:
                effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Conflict($"branch {call.Key} was {Past(branch)}"), branch.Record));
                break;
        }
    }

    /// <summary>An empty rollback is no error: it is remembered, so that the prepare that it overtook is refused.</summary>
    private void RollBackUnknown(RollbackCalled call, ICollection<ParticipantEffect> effects)
    {
        if (call.CreatedAt < MarkOf(call.Key.Transaction))
        {
            // Its prepare is refused by age: there is nothing to remember.
            effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Done(), 0));
        }
        else if (_branches.Count >= settings.MaxRemembered + settings.MaxBranches)
        {
            effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Full($"{settings.MaxRemembered} branches are remembered"), 0));
        }
        else if (FreeBytes < LogBudget.OutcomeBytes)
        {
            effects.Add(new ParticipantEffect.Answer(call.Caller, LogFull, 0));
        }
        else
        {
            var branch = AddRemembered(call.Key, call.CreatedAt, BranchPhase.RolledBack);
            Append(RolledBackRecord(branch), force: true, effects, branch);
            effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Done(), branch.Record));
        }
    }

    /// <summary>The outcome is known. From here the resource manager is asked until it has carried it out.</summary>
    private void End(Branch branch, Outcome outcome, Caller? cause, ICollection<ParticipantEffect> effects)
    {
        Require(branch.Decided is null || branch.Decided == outcome, $"two outcomes for {branch.Key}");
        if (branch.Phase == BranchPhase.Prepared)
        {
            InDoubt--;
        }

        branch.Phase = BranchPhase.Ending;
        branch.Decided = outcome;
        branch.Failures = 0;
        RunEnd(branch, cause, effects);
    }

    private void RunEndAgain(Branch branch, Caller? cause, ICollection<ParticipantEffect> effects)
    {
        if (!branch.Running)
        {
            RunEnd(branch, cause, effects);
        }
    }

    private void RunEnd(Branch branch, Caller? cause, ICollection<ParticipantEffect> effects) =>
        Run(branch, branch.Decided == Outcome.Committed ? ResourceCall.Commit : ResourceCall.Rollback, cause, effects);

    private ParticipantRecord.RolledBack RolledBackRecord(Branch branch) =>
        new(branch.Key, branch.Terms.CreatedAt, MarkOf(branch.Key.Transaction), branch.Reason);

    private static readonly Reply.Full LogFull = new("the participant's log is full");

    private static string Past(Branch branch) => branch.Phase switch
    {
        BranchPhase.Committed => "committed",
        BranchPhase.Ending when branch.Decided == Outcome.Committed => "told to commit",
        BranchPhase.Left => $"left with the vote '{branch.Vote}'",
        _ => "rolled back",
    };
}
