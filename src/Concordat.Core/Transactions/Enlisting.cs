using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Resources;

namespace Concordat.Core.Transactions;

/// <summary>Branches join an active transaction, or are refused before anything is changed. Those of resources bring their votes.</summary>
internal static class Enlisting
{
    internal static void Enlist(CoordinatorState s, EnlistInput input)
    {
        if (Finding.Live(s, input.Caller, input.Id) is not { } transaction)
        {
            return;
        }

        if (transaction.Suspended)
        {
            s.Answer(input.Caller, Finding.LogBehind(input.Id));
            return;
        }

        if (Refusal(s, transaction, [input.Branch]) is { } refusal)
        {
            s.Answer(input.Caller, refusal, transaction.DecisionRecord);
            return;
        }

        var known = Known(transaction, input.Branch);
        var branch = known ?? Add(s, transaction, input.Branch, [input.Branch]);
        CountVote(s, branch, input.Branch.Vote);
        s.Answer(input.Caller, new BranchReply(transaction, branch.Index, known is null ? Answered.Created : Answered.Ok));
    }

    /// <summary>What comes with a commit. A no among the votes aborts, and ends it: nobody is told of the branches behind it, who are presumed aborted.</summary>
    internal static void EnlistAll(CoordinatorState s, Transaction transaction, IReadOnlyList<BranchSpec> specs)
    {
        foreach (var spec in specs)
        {
            if (transaction.IsDecided)
            {
                return;
            }

            CountVote(s, Known(transaction, spec) ?? Add(s, transaction, spec, specs), spec.Vote);
        }
    }

    internal static Branch FindOrAdd(CoordinatorState s, Transaction transaction, BranchSpec spec) => Known(transaction, spec) ?? Add(s, transaction, spec, [spec]);

    /// <summary>Why one of them cannot join.</summary>
    internal static ProblemReply? Refusal(CoordinatorState s, Transaction transaction, IReadOnlyList<BranchSpec> specs)
    {
        if (CommittingAlone.Refusal(s, transaction, specs) is { } alone)
        {
            return alone;
        }

        var added = 0;
        var room = 0;
        for (var i = 0; i < specs.Count; i++)
        {
            var spec = specs[i];
            room += (spec.Vote?.Evidence?.Length ?? 0) * 3;
            if (Known(transaction, spec) is { } known)
            {
                if (RefusalOfKnown(transaction, known, spec) is { } differs)
                {
                    return differs;
                }

                continue;
            }

            if ((RefusalOfNew(s, transaction, spec, added++) ?? RefusalOfTwin(specs, i)) is { } refusal)
            {
                return refusal;
            }

            room += Room.ForBranch + Room.ForEnlistment + s.Options.RecordOverheadBytes;
        }

        // Beside its locks; without any it fits wherever the limits are ones that the log takes.
        return room == 0 ? null
            : transaction.Locks is not null && !Room.FitsRecord(s, transaction, room + Locks.BytesAsked(transaction))
                ? new(ProblemKind.TooManyBranches, $"{transaction.Id} has no room for more branches beside its locks: its record in the log would be larger than the log's files allow (Storage:SegmentSizeBytes)")
            : Room.Refusal(s, room);
    }

    private static ProblemReply? RefusalOfKnown(Transaction transaction, Branch known, BranchSpec spec) =>
        !string.Equals(known.Header.Participant, spec.Participant, StringComparison.Ordinal)
            ? new(ProblemKind.BranchIdTaken, $"branch '{spec.BranchId}' of {transaction.Id} belongs to participant '{known.Header.Participant}'")
            : spec.Vote is not null && !known.Header.Flags.IsResource ? VoteOfService(spec) : null;

    private static ProblemReply? RefusalOfNew(CoordinatorState s, Transaction transaction, BranchSpec spec, int before)
    {
        if (transaction.State != TransactionState.Active || transaction.AwaitsLocks)
        {
            return new(ProblemKind.NotActive, $"{transaction.Id} is past enlisting: it is {transaction.State.ToString().ToLowerInvariant()}");
        }

        if (transaction.Branches.Count + before >= s.Options.MaxBranches)
        {
            return new(ProblemKind.TooManyBranches, $"{transaction.Id} has {transaction.Branches.Count + before} branches, the most that are allowed");
        }

        if (Beginning.ParticipantRefusal(s, spec.Participant) is { } refusal)
        {
            return refusal;
        }

        var participant = s.Participants.Find(spec.Participant)!;
        return (participant.Flags.IsResource, spec) switch
        {
            (false, { Vote: not null }) => VoteOfService(spec),

            // The name was taken away and given to another database, and this client was not told.
            (true, { Identity: { } identity }) when !string.Equals(identity, participant.Url, StringComparison.Ordinal) => Registering.OtherDatabase(participant, identity),
            (true, { Operations.IsEmpty: false }) => new(ProblemKind.WrongKind, $"'{spec.Participant}' is a resource: nobody is called there, so there is nobody to carry out operations"),
            _ => null,
        };
    }

    private static ProblemReply? RefusalOfTwin(IReadOnlyList<BranchSpec> specs, int at)
    {
        for (var i = 0; i < at && specs[at].BranchId is { } id; i++)
        {
            if (string.Equals(specs[i].BranchId, id, StringComparison.Ordinal))
            {
                return new(ProblemKind.BranchIdTaken, $"branch id '{id}' stands twice in the request");
            }
        }

        return null;
    }

    private static ProblemReply VoteOfService(BranchSpec spec) =>
        new(ProblemKind.WrongKind, $"'{spec.Participant}' is a service: it is asked for its vote, and nobody votes in its place");

    private static Branch? Known(Transaction transaction, BranchSpec spec) => spec.BranchId is { } id ? transaction.FindBranch(id) : null;

    private static Branch Add(CoordinatorState s, Transaction transaction, BranchSpec spec, IReadOnlyList<BranchSpec> together)
    {
        var branch = Beginning.AddBranch(s, transaction, spec, together);
        Room.Reserve(s, transaction, Room.ForBranch);
        transaction.BeginRecord = s.Append(new Enlisted(s.Clock.Time, transaction.Id, branch.Header), transaction);
        return branch;
    }

    /// <summary>A vote after the decision changes nothing (I13).</summary>
    private static void CountVote(CoordinatorState s, Branch branch, BranchVote? vote)
    {
        if (vote is null || branch.Transaction.IsDecided)
        {
            return;
        }

        var voted = new Voted(vote.Vote, vote.Reason, vote.Evidence);
        if (branch.Vote is null)
        {
            Delivery.Withdraw(s, branch);
            Preparing.OnVote(s, branch, voted);
        }
        else
        {
            Preparing.OnLateVote(s, branch, voted);
        }
    }
}
