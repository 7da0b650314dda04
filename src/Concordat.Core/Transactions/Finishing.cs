using Concordat.Core.History;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>From a live transaction to history, and out of history when retention allows.</summary>
internal static class Finishing
{
    internal static EndDetails Details(Transaction transaction)
    {
        var branches = new BranchEnd[transaction.Branches.Count];
        for (var i = 0; i < branches.Length; i++)
        {
            branches[i] = new BranchEnd(transaction.Branches[i].State, transaction.Branches[i].Vote);
        }

        var times = new Timestamp?[7];
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = transaction.Times[i] == Timestamp.Zero ? null : transaction.Times[i];
        }

        return new EndDetails(transaction.CommitRequested, branches, times);
    }

    /// <summary>The live objects are let go; an image of the transaction stays for queries and keys.</summary>
    internal static void ToHistory(CoordinatorState s, Transaction transaction)
    {
        s.Timers.Disarm(transaction.Deadline);
        Room.Release(s, transaction);
        foreach (var branch in transaction.Branches)
        {
            branch.Participant.Unfinished--;
        }

        AddToHistory(s, transaction, transaction.Branches.Exists(b => b.Settlement is not null), transaction.DecisionRecord, s.AppendedRecords);
        Forget(s);
    }

    internal static void AddToHistory(CoordinatorState s, Transaction transaction, bool keepForEver, long decisionRecord, long endRecord = 0)
    {
        var writer = s.ImageWriter;
        writer.Clear();
        TransactionImage.Write(transaction, writer);
        var finished = new FinishedTransaction(transaction.Id, transaction.Outcome!.Value, writer.Written.ToArray())
        {
            CommitRequested = transaction.CommitRequested,
            Key = transaction.Header.Key?.Value,
            DecisionRecord = decisionRecord,
            EndRecord = endRecord,
            IsKeptForEver = keepForEver,
        };
        s.Epochs.Classify(transaction.Id, out var epoch);
        s.Table.Set(epoch!.Number, transaction.Id.Counter, finished);
        s.History.Add(new HistoryEntry(finished.Id, IsSaga: false, finished.Key, endRecord, keepForEver), s.Clock.Uptime);
    }

    /// <summary>Drops what is beyond retention. A few per call, so that no step is long.</summary>
    internal static void Forget(CoordinatorState s)
    {
        const int MostPerStep = 16;
        for (var i = 0; i < MostPerStep && s.History.TakeExpired(s.Clock.Uptime, s.Options) is { } expired; i++)
        {
            s.Epochs.Classify(expired.Id, out var epoch);
            (expired.IsSaga ? s.Sagas.Table : s.Table).Remove(epoch!.Number, expired.Id.Counter);
            epoch.ForgottenUpTo = Math.Max(epoch.ForgottenUpTo, expired.Id.Counter);
            if (expired.Key is { } key)
            {
                s.Keys.Remove(key, expired.Id);
            }
        }
    }

    /// <summary>What is known of a transaction that a person settled unseen: its outcome, by whom and why.</summary>
    internal static Transaction FromSettlement(UnknownSettled settled)
    {
        var transaction = new Transaction(settled.Id, settled.At, new TransactionHeader { Opened = false, Deadline = settled.At });
        var state = settled.Outcome == Outcome.Committed ? TransactionState.Committed : TransactionState.Aborted;
        transaction.Restore(state, settled.Outcome, new AbortReason(AbortCode.Operator, null, $"settled by {settled.Who}: {settled.Why}"));
        transaction.Times[(int)state] = settled.At;
        return transaction;
    }

    /// <summary>A finished transaction as an object again, for showing.</summary>
    internal static Transaction Revive(CoordinatorState s, FinishedTransaction finished) =>
        TransactionImage.Read(finished.Image, s.Participants);
}
