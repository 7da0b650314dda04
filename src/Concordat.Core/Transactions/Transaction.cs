using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>
/// A global transaction.
/// <code>
///            Preparing.Start              Deciding.Commit            Completing.OnDecisionDurable       Completing.End
///  active ───────────────▶ preparing ───────────────────▶ prepared ─────────────────────▶ committing ───────────▶ committed
///    │                         │        all yes/read-only  (decision appended, forced)   (decision durable)
///    │ Deciding.Abort          │ Deciding.Abort
///    │ deadline, rollback      │ a no, the deadline, a rollback
///    └───────────┬─────────────┘
///                ▼                                                                   Completing.End
///            aborting ─────────────────────────────────────────────────────────────────────────────▶ aborted
/// </code>
/// What holds in each state:
/// <list type="bullet">
/// <item>active, preparing: no decision exists; a crash here aborts (but for one phase, below).</item>
/// <item>prepared: every branch voted yes or read-only, and the decision is appended. Nothing aborts any more; nobody has heard yet.</item>
/// <item>committing: the decision is durable. Clients and inquiries are told; every yes branch is called until it acknowledges.</item>
/// <item>aborting: nothing was forced, nor needs to be: an unknown transaction is aborted. Where an answer must be repeatable, or in
/// one phase, the decision is logged and the answer waits for it.</item>
/// <item>committed, aborted: every branch has acknowledged, or was settled by hand on record.</item>
/// </list>
/// One phase: in preparing, once the call may have arrived, neither deadline nor rollback aborts: only the participant's answer
/// decides, and a restart asks the same again.
/// </summary>
public sealed class Transaction
{
    internal Transaction(TransactionId id, Timestamp createdAt, TransactionHeader header)
    {
        Id = id;
        CreatedAt = createdAt;
        Header = header;
        Deadline = new DeadlineTimer(this);
        Times[(int)TransactionState.Active] = createdAt;
    }

    public TransactionId Id { get; }

    public Timestamp CreatedAt { get; }

    internal TransactionHeader Header { get; }

    internal List<Branch> Branches { get; } = new(2);

    public TransactionState State { get; private set; } = TransactionState.Active;

    /// <summary>When each state was entered.</summary>
    internal StateTimes Times;

    internal DeadlineTimer Deadline { get; }

    /// <summary>Null until decided. Once set it never changes (AC2).</summary>
    public Outcome? Outcome { get; private set; }

    /// <summary>The record that makes the outcome durable; 0 where none needs to, or where it was replayed.</summary>
    internal long DecisionRecord { get; private set; }

    internal AbortReason? Reason { get; private set; }

    /// <summary>The last of the begin and the enlistments: what a forced begin waits for.</summary>
    internal long BeginRecord;

    /// <summary>The record before which a one-phase call must not be sent; 0 where it was replayed.</summary>
    internal long OnePhaseRecord;

    /// <summary>The last record of a lock: the first prepare waits for it; 0 where there is none, or where it was replayed.</summary>
    internal long LocksRecord;

    /// <summary>Its place in the order of creation, from 1: the youngest of a deadlock is its victim.</summary>
    internal long Order;

    /// <summary>What it holds and awaits in the lock table; null where it never asked.</summary>
    internal LockOwner? Locks;

    /// <summary>Read from an image, and not yet in the lock table.</summary>
    internal List<(HeldLock Held, Timestamp Since)>? LocksOfImage;

    /// <summary>It began with locks, and its first prepare waits for them.</summary>
    internal bool AwaitsLocks;

    /// <summary>Its one branch is called in one phase.</summary>
    internal bool OnePhase;

    /// <summary>In one phase: the deadline or a client wanted to abort, and the call may have arrived.</summary>
    internal AbortReason? AbortWanted;

    /// <summary>The step of a saga that it is an attempt of, and that waits for its outcome; null where there is none.</summary>
    internal Sagas.TransactedStep? Step;

    /// <summary>A client asked to commit it, or to run it as a whole.</summary>
    internal bool CommitRequested;

    /// <summary>An undecided transaction of a restored copy: the original may have decided. Nothing is done until a person rolls it back (see I10).</summary>
    internal bool Suspended;

    /// <summary>What is kept free in the log for its decision and end, in bytes.</summary>
    internal int ReservedBytes;

    internal List<Waiter>? Waiters;

    /// <summary>Neighbours in <see cref="OpenTransactions"/>.</summary>
    internal Transaction? OpenPrevious, OpenNext;

    internal bool IsDecided => Outcome is not null;

    internal bool IsEnded => State is TransactionState.Committed or TransactionState.Aborted;

    internal void Enter(TransactionState next, Timestamp at)
    {
        var legal = (State, next) switch
        {
            (TransactionState.Active, TransactionState.Preparing or TransactionState.Aborting) => true,
            (TransactionState.Preparing, TransactionState.Prepared or TransactionState.Aborting) => true,
            (TransactionState.Prepared, TransactionState.Committing) => Outcome == Concordat.Outcome.Committed,
            (TransactionState.Committing, TransactionState.Committed) => Outcome == Concordat.Outcome.Committed,
            (TransactionState.Aborting, TransactionState.Aborted) => Outcome == Concordat.Outcome.Aborted,
            _ => false,
        };
        ProtocolViolationException.ThrowUnless(legal, $"{Id} goes from {State} to {next} with outcome {Outcome}");
        State = next;
        Times[(int)next] = at;
    }

    /// <summary>AC2: an outcome is set once.</summary>
    internal void Decide(Outcome outcome, AbortReason? reason, long decisionRecord)
    {
        ProtocolViolationException.ThrowUnless(Outcome is null, $"{Id} is decided {Outcome} and decided again {outcome}");
        Outcome = outcome;
        Reason = reason;
        DecisionRecord = decisionRecord;
    }

    /// <summary>Sets what was read from a log, where the transitions were checked when they were made.</summary>
    internal void Restore(TransactionState state, Outcome? outcome, AbortReason? reason)
    {
        State = state;
        Outcome = outcome;
        Reason = reason;
    }

    internal Branch? FindBranch(string branchId)
    {
        foreach (var branch in Branches)
        {
            if (string.Equals(branch.Header.Id, branchId, StringComparison.Ordinal))
            {
                return branch;
            }
        }

        return null;
    }
}

internal sealed class DeadlineTimer(Transaction transaction) : TimerNode
{
    internal Transaction Transaction { get; } = transaction;
}

/// <summary>When each state was entered; <see cref="Timestamp.Zero"/> where it was not.</summary>
[System.Runtime.CompilerServices.InlineArray(7)]
internal struct StateTimes
{
    private Timestamp _first;
}
