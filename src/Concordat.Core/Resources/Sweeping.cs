using Concordat.Core.History;
using Concordat.Core.Participants;
using Concordat.Core.Transactions;

namespace Concordat.Core.Resources;

/// <summary>
/// A resource is a database without a service before it. It is never called. Whoever holds a connection to it prepares there, reports
/// its vote, and finishes it when the outcome is known; and whoever knows the database sweeps it, for those that died in between:
/// <list type="number">
/// <item>A sweep begins: it is handed a ticket, the moment before the listing.</item>
/// <item>The database lists what is prepared. (First the database, then the live coordinator: so what is being prepared meanwhile is
/// found running here, and not taken for an orphan.)</item>
/// <item>The sweep ends: each name that was listed is joined with what is known of its transaction. What was decided durably before
/// the ticket and is not listed is not prepared any more.</item>
/// </list>
/// A branch is called on its database <c>transaction id/anything</c>.
/// </summary>
internal static class Sweeping
{
    /// <summary>How many branches one sweep is asked about; the next asks for the others.</summary>
    internal const int MostAwaited = 1000;

    private const int IdLength = 36;

    internal static void Begin(CoordinatorState s, BeginSweepInput input)
    {
        if (Find(s, input.Caller, input.Resource, input.Identity) is not { } resource)
        {
            return;
        }

        // Hazards last: they may stay for long, and must not keep the others from being asked about.
        var awaiting = new List<AwaitedBranch>();
        var more = Add(awaiting, resource.Completions, BranchState.Committing)
            || Add(awaiting, resource.Prepares, BranchState.Preparing)
            || Add(awaiting, resource.Completions, BranchState.Hazard);
        s.Answer(input.Caller, new SweepBegunReply(new SweepTicket(s.Epochs.Current.Number, s.DurableRecords), awaiting, more));
    }

    /// <returns>True where there are more than the answer holds.</returns>
    private static bool Add(List<AwaitedBranch> awaiting, CallQueue queue, BranchState state)
    {
        for (var next = queue.First; next is Branch branch; next = next.QueueNext)
        {
            if (branch.State != state || branch.Evidence is not { } evidence)
            {
                continue;
            }

            if (awaiting.Count == MostAwaited)
            {
                return true;
            }

            var transaction = branch.Transaction;
            DateTimeOffset? decidedAt = transaction.IsDecided ? transaction.Times[(int)TransactionState.Committing].ToDateTimeOffset() : null;
            awaiting.Add(new AwaitedBranch(transaction.Id, branch.Header.Id, evidence, decidedAt));
        }

        return false;
    }

    internal static void End(CoordinatorState s, EndSweepInput input)
    {
        if (Find(s, input.Caller, input.Resource) is not { } resource)
        {
            return;
        }

        if (input.Ticket.Epoch != s.Epochs.Current.Number || input.Ticket.DurableRecords > s.DurableRecords)
        {
            s.Refuse(input.Caller, ProblemKind.StaleSweep, "the coordinator was restarted since the listing began: begin again");
            return;
        }

        var classes = new PreparedClass[input.Prepared.Count];
        var listed = new HashSet<TransactionId>(classes.Length);
        var after = 0L;
        for (var i = 0; i < classes.Length; i++)
        {
            classes[i] = Classify(s, resource, input.Prepared[i], out var id, ref after);
            if (id is not null)
            {
                listed.Add(id.Value);
            }
        }

        s.Answer(input.Caller, new SweptReply(classes, TakeForDone(s, resource, input.Ticket, listed)), after);
    }

    internal static Participant? Find(CoordinatorState s, Caller caller, string name)
    {
        switch (s.Participants.Find(name))
        {
            case { Flags.IsResource: true } resource:
                return resource;
            case { } service:
                s.Refuse(caller, ProblemKind.WrongKind, $"'{name}' is a service, at {service.Url}: it is not a resource");
                return null;
            default:
                s.Refuse(caller, ProblemKind.NoSuchParticipant, $"resource '{name}' is not registered");
                return null;
        }
    }

    /// <summary>The same, where the caller says which database it means.</summary>
    internal static Participant? Find(CoordinatorState s, Caller caller, string name, string identity)
    {
        var resource = Find(s, caller, name);
        if (resource is null || string.Equals(resource.Url, identity, StringComparison.Ordinal))
        {
            return resource;
        }

        s.Answer(caller, Registering.OtherDatabase(resource, identity));
        return null;
    }

    /// <summary>
    /// What came without evidence is not known by name here, and cannot be asked about: the driver of a scope prepared it. It is done
    /// when a listing that began after the decision was durable shows nothing of its transaction.
    /// </summary>
    private static int TakeForDone(CoordinatorState s, Participant resource, SweepTicket ticket, HashSet<TransactionId> listed)
    {
        var done = 0;
        for (Delivered? at = resource.Completions.First, next; at is Branch branch; at = next)
        {
            next = at.QueueNext;
            var transaction = branch.Transaction;
            if (branch.Evidence is null && transaction.DecisionRecord <= ticket.DurableRecords && !listed.Contains(transaction.Id))
            {
                Delivery.Withdraw(s, branch);
                Completing.Acknowledged(s, branch);
                done++;
            }
        }

        return done;
    }

    /// <param name="id">Null where it is not of our form.</param>
    /// <param name="after">Raised to what an answer about it waits for.</param>
    internal static PreparedClass Classify(CoordinatorState s, Participant resource, string name, out TransactionId? id, ref long after)
    {
        id = IdOf(name);
        return id is null ? PreparedClass.Foreign : Classify(s, resource, id.Value, name.AsSpan(IdLength + 1), ref after);
    }

    /// <summary>As an inquiry would be answered (I10), and like it never before the outcome is durable (I6).</summary>
    private static PreparedClass Classify(CoordinatorState s, Participant resource, TransactionId id, ReadOnlySpan<char> branchId, ref long after)
    {
        switch (s.Find(id))
        {
            case Transaction live:
                return s.IsOutcomeDurable(live) ? ClassIn(s, live, resource, branchId) : PreparedClass.Pending;
            case FinishedTransaction finished:
                after = Math.Max(after, finished.DecisionRecord);
                return ClassIn(s, Finishing.Revive(s, finished), resource, branchId);
            default:
                return s.Epochs.Classify(id, out var epoch) switch
                {
                    IdKind.OfUnknownEpoch => PreparedClass.LogBehind,
                    IdKind.Ours when epoch!.IsUncertain => PreparedClass.Pending,
                    IdKind.Ours => PreparedClass.Orphan,
                    _ => PreparedClass.Foreign,
                };
        }
    }

    /// <summary>A scope's vote for whatever its drivers have prepared there, under names that nobody here knows.</summary>
    private static bool IsOfDriver(Branch branch) => branch.Evidence is null && !branch.Transaction.OnePhase;

    /// <summary>
    /// What was decided holds for those that voted. Another one was prepared too late to have a part in it: its client gave it up, or was
    /// refused. Beside a branch that nobody knows by name any name may be that one. Of a restored copy the branches may be known in part: then a
    /// person's word holds for whatever is prepared of it, and of any other nothing final can be said.
    /// </summary>
    private static PreparedClass ClassIn(CoordinatorState s, Transaction transaction, Participant resource, ReadOnlySpan<char> branchId)
    {
        if (transaction.Outcome != Outcome.Committed)
        {
            return PreparedClass.Aborted;
        }

        foreach (var branch in transaction.Branches)
        {
            if (branch.Vote == Vote.Yes
                && string.Equals(branch.Header.Participant, resource.Name, StringComparison.Ordinal)
                && (branchId.SequenceEqual(branch.Header.Id) || (IsOfDriver(branch) && !branchId.StartsWith(Names.OwnBranchPrefix))))
            {
                return PreparedClass.Committed;
            }
        }

        s.Epochs.Classify(transaction.Id, out var epoch);
        return !epoch!.IsUncertain ? PreparedClass.Aborted
            : transaction.Reason is { Code: AbortCode.Operator } ? PreparedClass.Committed
            : PreparedClass.Pending;
    }

    private static TransactionId? IdOf(string name) =>
        name.Length > IdLength && name[IdLength] == '/' && TransactionId.TryParse(name[..IdLength], out var id) ? id : null;
}
