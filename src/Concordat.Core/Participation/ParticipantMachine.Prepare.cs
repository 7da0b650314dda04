using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.ParticipantEffect;
using static Concordat.Core.Participation.ParticipantInput;

// Prepare, and prepare-and-commit in one phase.
public sealed partial class ParticipantMachine
{
    private void OnPrepare(ParticipantInput.Call call, BranchTerms terms, bool onePhase, Now now, ICollection<ParticipantEffect> effects)
    {
        if (_branches.TryGetValue(call.Key, out var known))
        {
            PrepareAgain(known, call.Caller, onePhase, effects);
            return;
        }

        if (WhyNot(call.Key, terms, now) is { } reply)
        {
            effects.Add(new ParticipantEffect.Answer(call.Caller, reply, 0));
            return;
        }

        if (FreeBytes < RecordsAhead(terms))
        {
            RefuseForWantOfRoom(call, terms, onePhase, effects);
            return;
        }

        var branch = AddLive(call.Key, terms, onePhase);
        Reserve(branch, RecordsAhead(terms));
        branch.VoteCallers.Add(call.Caller);
        if (settings.HasOwnStore)
        {
            // 1. "Preparing" durable. A crash here leaves a record and nothing else: the restart rolls back nothing.
            // 2. The resource manager prepares. A crash here leaves its work: the record makes the restart roll it back.
            // 3. "Prepared" durable. A crash here leaves a promise that was perhaps never told: the restart inquires.
            // 4. Yes.
            Append(new ParticipantRecord.Preparing(branch.Key, terms, MarkOf(branch.Key.Transaction), onePhase), force: true, effects, branch);
            Reserve(branch, RecordsAhead(terms) - LogBudget.PromiseBytes(terms));
        }

        RunPrepare(branch, call.Caller, effects);
    }

    /// <summary>A duplicate, or a repetition after a lost answer (I13): the same vote, and the work is not done twice.</summary>
    private void PrepareAgain(Branch branch, Caller caller, bool onePhase, ICollection<ParticipantEffect> effects)
    {
        if (branch.OnePhase != onePhase && branch.Phase != BranchPhase.RolledBack)
        {
            effects.Add(new ParticipantEffect.Answer(caller, new Reply.Refused($"branch {branch.Key} is known with {(onePhase ? "two phases" : "one phase")}"), 0));
            return;
        }

        switch (branch.Phase)
        {
            case BranchPhase.Preparing when branch.Decided is not null && !onePhase:
            case BranchPhase.Ending when branch.Decided == Outcome.Aborted && !onePhase:
                effects.Add(new ParticipantEffect.Answer(caller, new Reply.Refused("it is being rolled back"), 0));
                break;
            case BranchPhase.Preparing:
                Wait(branch, branch.VoteCallers, caller, effects);
                if (!branch.Running)
                {
                    RunPrepare(branch, caller, effects);
                }

                break;
            case BranchPhase.Ending when onePhase:
                Wait(branch, branch.VoteCallers, caller, effects);
                RunEndAgain(branch, caller, effects);
                break;
            case BranchPhase.RolledBack when onePhase:
                effects.Add(new ParticipantEffect.Answer(caller, new Reply.Voted(Vote.No, branch.Reason ?? "it was rolled back"), branch.Record));
                break;
            case BranchPhase.RolledBack:
                effects.Add(new ParticipantEffect.Answer(caller, new Reply.Refused("it was rolled back"), branch.Record));
                break;
            default:
                effects.Add(new ParticipantEffect.Answer(caller, new Reply.Voted(branch.Vote, branch.Reason, branch.Evidence), branch.Record));
                break;
        }
    }

    /// <summary>Whether a branch that is not known may be taken in: null, or what to say instead.</summary>
    private Reply? WhyNot(BranchKey key, BranchTerms terms, Now now)
    {
        var mark = MarkOf(key.Transaction);
        if (terms.CreatedAt < mark)
        {
            return new Reply.Refused($"it was created {terms.CreatedAt}, and every transaction of its coordinator created before {mark} has ended");
        }

        if (terms.Deadline is { } deadline && now.Wall > deadline + settings.LatenessAllowance)
        {
            return new Reply.Refused($"its deadline {deadline} is long over: it is {now.Wall} here");
        }

        if (_live >= settings.MaxBranches)
        {
            return new Reply.Full($"{settings.MaxBranches} branches are unfinished");
        }

        return _branches.Count >= settings.MaxRemembered ? new Reply.Full($"{settings.MaxRemembered} branches are remembered") : null;
    }

    /// <summary>
    /// A no. In two phases it needs no memory: what a late duplicate prepares is in doubt, asks, and is told. In one phase:
    /// 1. a call is delayed on its way, and asked again; 2. the second finds the log full and is answered no: the transaction has
    /// aborted; 3. there is room again, and the first arrives: it would commit. So the no is remembered, or not given.
    /// </summary>
    private void RefuseForWantOfRoom(ParticipantInput.Call call, BranchTerms terms, bool onePhase, ICollection<ParticipantEffect> effects)
    {
        var reason = $"the participant's log is full: the branch needs {RecordsAhead(terms)} bytes and {Math.Max(FreeBytes, 0)} are free";
        if (!onePhase)
        {
            effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Voted(Vote.No, reason), 0));
            return;
        }

        if (FreeBytes < LogBudget.OutcomeBytes)
        {
            effects.Add(new ParticipantEffect.Answer(call.Caller, LogFull, 0));
            return;
        }

        var branch = AddRemembered(call.Key, terms.CreatedAt, BranchPhase.RolledBack, onePhase: true);
        branch.Decided = Outcome.Aborted;
        branch.Reason = reason;
        Append(RolledBackRecord(branch), force: true, effects, branch);
        effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Voted(Vote.No, reason), branch.Record));
    }

    /// <summary>The room that a branch needs until its end.</summary>
    private long RecordsAhead(BranchTerms terms) =>
        LogBudget.PromiseBytes(terms) * (settings.HasOwnStore ? 2 : 1) + LogBudget.OutcomeBytes;

    private void RunPrepare(Branch branch, Caller cause, ICollection<ParticipantEffect> effects) =>
        Run(branch, branch.OnePhase && !settings.HasOwnStore ? ResourceCall.PrepareAndCommit : ResourceCall.Prepare, cause, effects);
}
