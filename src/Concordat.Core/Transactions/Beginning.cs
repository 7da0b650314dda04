using Concordat.Core.History;
using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>Accepts transactions, or refuses them before anything is changed.</summary>
internal static class Beginning
{
    internal static void Begin(CoordinatorState s, BeginInput input)
    {
        if (input.Key is { } key && s.Keys.TryFind(key.Value, out var use))
        {
            Rejoin(s, input, key, use);
            return;
        }

        if (Refusal(s, input.Spec, withKey: input.Key is not null) is { } refusal)
        {
            s.Answer(input.Caller, refusal);
            return;
        }

        var transaction = Make(s, s.Epochs.Issue(), input.Spec, opened: input.Mode == BeginMode.Open, input.Key);
        if (input.Key is not null)
        {
            s.Keys.Add(input.Key, transaction.Id);
        }

        Welcome(s, input, transaction);
    }

    /// <summary>Begins what nothing refuses.</summary>
    internal static Transaction Make(CoordinatorState s, TransactionId id, TransactionSpec spec, bool opened, IdempotencyKey? key)
    {
        var header = new TransactionHeader
        {
            Opened = opened,
            Name = spec.Name,
            Labels = spec.Labels,
            Deadline = s.Clock.Time + spec.Timeout,
            Key = key,
            TraceParent = spec.TraceParent,
        };
        var transaction = new Transaction(id, s.Clock.Time, header);
        foreach (var branch in spec.Branches)
        {
            AddBranch(s, transaction, branch, spec.Branches);
        }

        transaction.BeginRecord = s.Append(
            new Begun(s.Clock.Time, transaction.Id, header, HeadersOf(transaction)), transaction);
        Track(s, transaction);
        s.Timers.Arm(transaction.Deadline, s.Now.Monotonic + spec.Timeout);
        return transaction;
    }

    /// <summary>Makes a transaction known: new, or found by recovery.</summary>
    internal static void Track(CoordinatorState s, Transaction transaction)
    {
        var kind = s.Epochs.Classify(transaction.Id, out var epoch);
        ProtocolViolationException.ThrowUnless(kind == IdKind.Ours, $"{transaction.Id} is not ours: {kind}");
        transaction.Order = ++s.TrackedTransactions;
        s.Table.Set(epoch!.Number, transaction.Id.Counter, transaction);
        s.Open.Add(transaction);
        s.CountByState[(int)transaction.State]++;
        Room.Reserve(s, transaction, Room.ForTransaction(transaction.Branches.Count));
    }

    internal static Branch AddBranch(Transaction transaction, BranchHeader header, Participant participant)
    {
        var branch = new Branch(transaction, transaction.Branches.Count, header, participant);
        transaction.Branches.Add(branch);
        participant.Unfinished++;
        return branch;
    }

    /// <param name="together">The branches of the same request: an id that one of them asks for is not given to another.</param>
    internal static Branch AddBranch(CoordinatorState s, Transaction transaction, BranchSpec spec, IReadOnlyList<BranchSpec> together)
    {
        var participant = s.Participants.Find(spec.Participant)!;
        var id = spec.BranchId ?? NextBranchId(transaction, together);
        var branch = AddBranch(transaction, new BranchHeader(id, participant.Name, participant.Flags), participant);
        branch.Operations = spec.Operations;
        return branch;
    }

    private static BranchHeader[] HeadersOf(Transaction transaction)
    {
        var headers = new BranchHeader[transaction.Branches.Count];
        for (var i = 0; i < headers.Length; i++)
        {
            headers[i] = transaction.Branches[i].Header;
        }

        return headers;
    }

    private static string NextBranchId(Transaction transaction, IReadOnlyList<BranchSpec> together)
    {
        for (var number = transaction.Branches.Count + 1; ; number++)
        {
            var id = number switch
            {
                1 => "1",
                2 => "2",
                3 => "3",
                _ => number.ToString(),
            };
            if (transaction.FindBranch(id) is null && !IsAskedFor(together, id))
            {
                return id;
            }
        }
    }

    private static bool IsAskedFor(IReadOnlyList<BranchSpec> together, string id)
    {
        for (var i = 0; i < together.Count; i++)
        {
            if (string.Equals(together[i].BranchId, id, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static void Welcome(CoordinatorState s, BeginInput input, Transaction transaction)
    {
        switch (input.Mode)
        {
            case BeginMode.Open when input.Key is null:
                s.Answer(input.Caller, new TransactionReply(transaction, Answered.Created));
                break;
            case BeginMode.Open:
                // An answer under an idempotency key must be repeatable, so it waits for its record.
                s.Emit(Force.Instance);
                s.Answer(input.Caller, new TransactionReply(transaction, Answered.Created), transaction.BeginRecord);
                break;
            case BeginMode.RunInBackground:
                s.Emit(Force.Instance);
                s.Answer(input.Caller, new TransactionReply(transaction, Answered.Accepted), transaction.BeginRecord);
                LockAndStart(s, input.Spec, transaction);
                break;
            case BeginMode.Run:
                Waiting.ForOutcome(s, transaction, input.Caller, WaitsFor.Outcome);
                LockAndStart(s, input.Spec, transaction);
                break;
        }
    }

    private static void LockAndStart(CoordinatorState s, TransactionSpec spec, Transaction transaction)
    {
        if (spec.Locks.Count > 0)
        {
            Locks.AskBeforePrepare(s, transaction, spec.Locks);
        }
        else
        {
            Preparing.Start(s, transaction);
        }
    }

    /// <summary>The same key again: the same transaction, whatever has become of it.</summary>
    private static void Rejoin(CoordinatorState s, BeginInput input, IdempotencyKey key, IdempotencyKeys.Use use)
    {
        if (!use.Key.HasSameBody(key) || s.FindSaga(use.Id) is not null)
        {
            s.Refuse(input.Caller, ProblemKind.IdempotencyKeyReused, $"idempotency key '{key.Value}' was used with another body, for {(s.FindSaga(use.Id) is null ? "transaction" : "saga")} {use.Id}");
            return;
        }

        var known = s.Find(use.Id);
        if (known is Transaction { Suspended: true } && input.Mode == BeginMode.Run)
        {
            s.Answer(input.Caller, Finding.LogBehind(use.Id));
            return;
        }

        if (known is Transaction live && input.Mode == BeginMode.Run)
        {
            Waiting.ForOutcome(s, live, input.Caller, WaitsFor.Outcome);
            return;
        }

        var how = input.Mode switch
        {
            BeginMode.Open => Answered.Created,
            BeginMode.RunInBackground => Answered.Accepted,
            _ => Answered.Ok,
        };
        if (known is Transaction running)
        {
            s.Emit(Force.Instance);
            s.Answer(input.Caller, new TransactionReply(running, how), running.BeginRecord);
            return;
        }

        var finished = (FinishedTransaction)known!;
        s.Answer(input.Caller, new TransactionReply(Finishing.Revive(s, finished), how), finished.DecisionRecord);
    }

    internal static ProblemReply? Refusal(CoordinatorState s, TransactionSpec spec, bool withKey)
    {
        var branches = spec.Branches;
        if (branches.Count > s.Options.MaxBranches)
        {
            return new(ProblemKind.TooManyBranches, $"{branches.Count} branches; at most {s.Options.MaxBranches} are allowed");
        }

        if (withKey && s.Keys.Count >= s.Options.MaxIdempotencyKeys)
        {
            return new(ProblemKind.IdempotencyKeysFull, $"{s.Keys.Count} idempotency keys are kept, the most that are allowed");
        }

        if (s.Undecided >= s.Options.MaxUndecided)
        {
            return new(ProblemKind.Overloaded, $"{s.Undecided} transactions are undecided, the most that are allowed");
        }

        for (var i = 0; i < branches.Count; i++)
        {
            if (ParticipantRefusal(s, branches[i].Participant) is { } refusal)
            {
                return refusal;
            }

            if (s.Participants.Find(branches[i].Participant)!.Flags.IsResource)
            {
                return new(ProblemKind.WrongKind, $"'{branches[i].Participant}' is a resource: nobody is called there. Begin without branches, and send its branch with its vote when it is prepared");
            }

            for (var j = 0; branches[i].BranchId is { } id && j < i; j++)
            {
                if (string.Equals(branches[j].BranchId, id, StringComparison.Ordinal))
                {
                    return new(ProblemKind.BranchIdTaken, $"branch id '{id}' stands twice in the request");
                }
            }
        }

        if (!Room.FitsRecord(s, spec))
        {
            return new(ProblemKind.TooManyLocks, "it has no room for so many locks: its record in the log would be larger than the log's files allow (Storage:SegmentSizeBytes)");
        }

        return Locks.Refusal(s, known: null, spec.Locks)
            ?? Room.Refusal(s, Room.ForTransaction(branches.Count) + Room.ForBegin(spec) + Locks.RoomFor(s, spec.Locks));
    }

    /// <summary>Nothing is sent to anyone for a participant that is not known (all are looked up before the first is called).</summary>
    internal static ProblemReply? ParticipantRefusal(CoordinatorState s, string name)
    {
        if (s.Participants.Find(name) is not { } participant)
        {
            return new(ProblemKind.UnknownParticipant, $"participant '{name}' is not registered");
        }

        return participant.Backlog >= s.Options.MaxBacklogPerParticipant
            ? new(ProblemKind.ParticipantBacklog, $"{participant.Backlog} decided branches wait for participant '{name}', the most that are allowed")
            : null;
    }
}
