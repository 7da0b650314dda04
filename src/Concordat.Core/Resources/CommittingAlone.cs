using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Resources;

/// <summary>
/// The only branch of a transaction is on a resource: its database's own commit is the decision, and nothing is prepared.
/// <list type="number">
/// <item>Its client hands in the evidence by which the database will tell whether it has committed. That is logged and forced: from here on
/// neither a deadline nor a rollback nor a restart decides.</item>
/// <item>The client is told to go on, commits at the database, and reports. A client that hears nothing rolls back.</item>
/// <item>The report is the outcome. Where none comes, a sweep asks the database.</item>
/// </list>
/// A crash before the record is durable aborts: nobody was told to go on. After it, the restart awaits the database's word.
/// </summary>
internal static class CommittingAlone
{
    /// <summary>Why it cannot, or, where one was told to go on, why another vote cannot count. Nothing was changed.</summary>
    internal static ProblemReply? Refusal(CoordinatorState s, Transaction transaction, IReadOnlyList<BranchSpec> specs)
    {
        var known = transaction.Branches is [{ Header.Flags.IsResource: true } only] ? only : null;
        if (transaction.OnePhase && known is not null)
        {
            return specs is [] || (specs is [{ OnePhase: { } evidence } again]
                && string.Equals(again.BranchId, known.Header.Id, StringComparison.Ordinal) && string.Equals(evidence, known.Evidence, StringComparison.Ordinal))
                ? null
                : new(ProblemKind.NotActive, $"{transaction.Id} commits in one phase: whether it does is for resource '{known.Participant.Name}' to say");
        }

        foreach (var spec in specs)
        {
            if (spec.OnePhase is { } evidence && Refusal(s, transaction, spec, evidence, specs.Count) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static ProblemReply? Refusal(CoordinatorState s, Transaction transaction, BranchSpec spec, string evidence, int together)
    {
        if (s.Participants.Find(spec.Participant) is { Flags.IsResource: false } service)
        {
            return new(ProblemKind.WrongKind, $"'{service.Name}' is a service: it commits in one phase by itself, where it was registered so");
        }

        if (transaction.State != TransactionState.Active)
        {
            return new(ProblemKind.NotActive, $"{transaction.Id} is asked to commit already: its branch has to vote");
        }

        var others = transaction.Branches.Count + together - 1;
        if (transaction.Branches is [{ Vote: null } enlisted] && string.Equals(enlisted.Header.Id, spec.BranchId, StringComparison.Ordinal))
        {
            others--;
        }

        if (others > 0)
        {
            return new(ProblemKind.NotTheOnlyBranch, $"{transaction.Id} has {others} more: prepare the branch, and vote");
        }

        var more = (evidence.Length * 3) + 64;
        return Room.FitsRecord(s, transaction, more + Room.ForEnlistment) ? Room.Refusal(s, more + Room.ForEnlistment + s.Options.RecordOverheadBytes)
            : new(ProblemKind.LogFull, $"{transaction.Id} has no room for the evidence: its record in the log is as large as the log's files allow");
    }

    /// <summary>Not refused, and not decided. The answer waits for the record. Again: the same answer.</summary>
    internal static void Start(CoordinatorState s, Transaction transaction, Caller caller, BranchSpec spec)
    {
        if (!transaction.OnePhase)
        {
            var branch = Enlisting.FindOrAdd(s, transaction, spec);
            branch.State = BranchState.Preparing;
            branch.Evidence = spec.OnePhase;
            branch.MayHaveArrived = true;
            Room.Reserve(s, transaction, spec.OnePhase!.Length * 3);
            transaction.CommitRequested = true;
            Locks.Close(s, transaction, "its commit has begun");
            transaction.OnePhase = true;
            s.Enter(transaction, TransactionState.Preparing);
            transaction.OnePhaseRecord = s.AppendForced(new OnePhaseStarted(s.Clock.Time, transaction.Id, Operations: default, spec.OnePhase), transaction);
            Delivery.Send(s, branch);
        }

        s.Answer(caller, new TransactionReply(transaction, Answered.Ok), transaction.OnePhaseRecord);
    }

    /// <summary>The database's word, while it is wanted: once said it never changes.</summary>
    internal static void Believe(CoordinatorState s, Branch branch, Fate fate)
    {
        var transaction = branch.Transaction;
        switch (fate)
        {
            case Fate.Committed:
                Delivery.Withdraw(s, branch);
                Preparing.OnVote(s, branch, new Voted(Vote.Yes, Reason: null, Evidence: null));
                break;
            case Fate.RolledBack:
                branch.Vote = Vote.No;
                branch.State = BranchState.Refused;
                branch.LastError = "its database rolled it back";
                Deciding.Abort(s, transaction, transaction.AbortWanted ?? new(AbortCode.VoteNo, branch.Participant.Name, branch.LastError));
                break;
            case Fate.Unknown:
                branch.LastError = "its database cannot tell whether it has committed: somebody who knows has to resolve it";
                break;
        }
    }
}
