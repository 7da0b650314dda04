using Concordat.Core.Sagas;

namespace Concordat.Core.Transactions;

/// <summary>Callers who are answered later: at the outcome, or at the end.</summary>
internal static class Waiting
{
    internal static void ForOutcome(CoordinatorState s, Transaction transaction, Caller caller, WaitsFor waitsFor)
    {
        if (transaction.IsDecided && (transaction.Outcome == Outcome.Aborted || s.IsOutcomeDurable(transaction)))
        {
            Tell(s, transaction, caller, waitsFor);
            return;
        }

        (transaction.Waiters ??= new(capacity: 1)).Add(new Waiter(transaction, caller, waitsFor));
    }

    internal static void ForEnd(CoordinatorState s, Transaction transaction, Caller caller, TimeSpan limit) =>
        AtMost(s, new Waiter(transaction, caller, WaitsFor.End), limit);

    internal static void ForInquiry(CoordinatorState s, Transaction transaction, Caller caller, TimeSpan limit) =>
        AtMost(s, new Waiter(transaction, caller, WaitsFor.Inquiry), limit);

    private static void AtMost(CoordinatorState s, Waiter waiter, TimeSpan limit)
    {
        var transaction = waiter.Transaction;
        (transaction.Waiters ??= new(capacity: 1)).Add(waiter);
        s.Timers.Arm(waiter, s.Now.Monotonic + limit);
    }

    /// <summary>A commit is durable; an abort is, or the answers wait for its record.</summary>
    internal static void OutcomeKnown(CoordinatorState s, Transaction transaction)
    {
        StepTransactions.OnOutcome(s, transaction);
        if (transaction.Waiters is not { } waiters)
        {
            return;
        }

        foreach (var waiter in waiters)
        {
            if (waiter.WaitsFor != WaitsFor.End)
            {
                s.Timers.Disarm(waiter);
                Tell(s, transaction, waiter.Caller, waiter.WaitsFor);
            }
        }

        waiters.RemoveAll(static waiter => waiter.WaitsFor != WaitsFor.End);
    }

    internal static void Ended(CoordinatorState s, Transaction transaction)
    {
        foreach (var waiter in transaction.Waiters ?? [])
        {
            s.Timers.Disarm(waiter);
            Show(s, waiter.Caller, transaction);
        }

        transaction.Waiters = null;
    }

    internal static void TimedOut(CoordinatorState s, Waiter waiter)
    {
        waiter.Transaction.Waiters!.Remove(waiter);
        if (waiter.WaitsFor == WaitsFor.Inquiry)
        {
            s.Answer(waiter.Caller, new InquiryReply(InquiryOutcome.Pending, Presumed: false));
        }
        else
        {
            Show(s, waiter.Caller, waiter.Transaction);
        }
    }

    /// <summary>Shows a transaction as it is. Where its outcome is on its way to the disk, the document says "not known yet" until then (I14).</summary>
    internal static void Show(CoordinatorState s, Caller caller, Transaction transaction)
    {
        var after = transaction.IsEnded ? transaction.DecisionRecord : 0;
        s.Answer(caller, new TransactionReply(transaction, Answered.Ok), after);
    }

    private static void Tell(CoordinatorState s, Transaction transaction, Caller caller, WaitsFor waitsFor)
    {
        Reply reply = waitsFor switch
        {
            WaitsFor.Inquiry => InquiryReply.Of(transaction.Outcome!.Value),
            WaitsFor.Rollback when transaction.Outcome == Outcome.Committed => new ProblemReply(ProblemKind.AlreadyCommitted, $"{transaction.Id} is decided to commit"),
            _ => new TransactionReply(transaction, Answered.Ok),
        };
        s.Answer(caller, reply, transaction.DecisionRecord);
    }
}
