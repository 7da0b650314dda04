using Concordat.Core.History;

namespace Concordat.Core.Transactions;

/// <summary>Finds the transaction of a request, or answers why there is none.</summary>
internal static class Finding
{
    /// <summary>A live transaction. For a finished or unknown one the caller is refused, and null comes back.</summary>
    internal static Transaction? Live(CoordinatorState s, Caller caller, TransactionId id)
    {
        switch (s.Find(id))
        {
            case Transaction live:
                return live;
            case FinishedTransaction finished:
                s.Answer(caller, new ProblemReply(ProblemKind.NotActive, $"{id} has ended: it {Verb(finished.Outcome)}"), finished.DecisionRecord);
                return null;
            default:
                s.Answer(caller, Unknown(s, id));
                return null;
        }
    }

    /// <summary>Why an id is not known (I10): a client is told "forgotten", never "aborted".</summary>
    internal static ProblemReply Unknown(CoordinatorState s, TransactionId id) => s.Epochs.Classify(id, out _) switch
    {
        IdKind.Foreign => new(ProblemKind.UnknownTransaction, $"{id} was issued by another coordinator"),
        IdKind.NeverIssued => new(ProblemKind.UnknownTransaction, $"{id} was never issued"),
        _ when s.FindSaga(id) is not null => new(ProblemKind.UnknownTransaction, $"{id} is a saga"),
        _ => new(ProblemKind.Forgotten, $"{id} is not in the log: it ended and its time of keeping is over, or it was lost before it was durable"),
    };

    internal static ProblemReply LogBehind(TransactionId id) => new(
        ProblemKind.LogBehind,
        $"{id} is of a start of this coordinator that its log does not know, or knows only in part: the log is older than the world, and nothing final can be said");

    internal static string Verb(Outcome outcome) => outcome == Outcome.Committed ? "committed" : "aborted";
}
