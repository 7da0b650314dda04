using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Tests.Golden;

/// <summary>Transactions with every field set, and with none.</summary>
internal static class SampleImages
{
    private static readonly Timestamp At = new(1_790_000_000_000);

    internal static IEnumerable<Transaction> All()
    {
        yield return new Transaction(new TransactionId(1, 2, 3), At, new TransactionHeader { Opened = true, Deadline = At });

        var full = new Transaction(new TransactionId(TransactionId.MaxCoordinator, TransactionId.MaxNonce, TransactionId.MaxCounter), At, new TransactionHeader
        {
            Opened = false,
            Deadline = At + TimeSpan.FromMinutes(1),
            Name = "transfer/1",
            Labels = [new("order", "42"), new("kunde", "Zoë")],
            Key = new IdempotencyKey("key", new byte[IdempotencyKey.HashSizeBytes]),
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        });
        full.Restore(TransactionState.Aborting, Outcome.Aborted, new AbortReason(AbortCode.VoteNo, "bank-a", "keine Deckung"));
        full.CommitRequested = true;
        full.Times[(int)TransactionState.Preparing] = At;
        full.Times[(int)TransactionState.Aborting] = At + TimeSpan.FromMilliseconds(7);
        Add(full, BranchState.Refused, Vote.No);
        Add(full, BranchState.Aborted, Vote.Yes).Settlement = new BranchSettlement(Settlement.RolledBack, "olga", "gone for good", At);
        Add(full, BranchState.Hazard, Vote.Yes).Evidence = "evidence";
        yield return full;

        var onePhase = new Transaction(new TransactionId(1, 2, 4), At, new TransactionHeader { Opened = false, Deadline = At }) { OnePhase = true };
        onePhase.Restore(TransactionState.Preparing, outcome: null, reason: null);
        Add(onePhase, BranchState.Preparing, vote: null).Operations = "[{\"type\":\"debit\"}]"u8.ToArray();
        yield return onePhase;
    }

    internal static Transaction WithLocks() => new(new TransactionId(1, 2, 5), At, new TransactionHeader { Opened = true, Deadline = At })
    {
        LocksOfImage =
        [
            (new HeldLock("account/alice", LockMode.Exclusive, 7), At),
            (new HeldLock("account/bob", LockMode.Shared, (1L << 53) - 1), At + TimeSpan.FromSeconds(1)),
        ],
    };

    private static Branch Add(Transaction transaction, BranchState state, Vote? vote)
    {
        var flags = new ParticipantFlags(OnePhase: vote is null, Inquires: true);
        var header = new BranchHeader($"{transaction.Branches.Count + 1}", "bank-a", flags);
        var branch = new Branch(transaction, transaction.Branches.Count, header, new Participant("bank-a", "", flags)) { State = state, Vote = vote };
        transaction.Branches.Add(branch);
        return branch;
    }
}
