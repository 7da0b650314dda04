using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Locking;

/// <summary>
/// Locks of transactions, in the life of a lock:
/// <list type="number">
/// <item>An active transaction asks. It is granted, or waits for at most so long, or is the victim of a deadlock and aborts.</item>
/// <item>Granted: the record is appended, not forced, and the answer goes out. A crash loses both; the transaction with it, for nothing of
/// it is prepared, and abort is presumed of it. Its token is never given again (<see cref="TokenBook"/>).</item>
/// <item>Its commit begins: it asks for nothing more, and the first prepare waits for its last lock's record.</item>
/// <item>Its decision stands behind its locks in the log: a restart that finds the one finds the others.</item>
/// <item>It has ended, on record: its locks go to those who wait (I17). Their records stand behind its end, so no two hold a key in
/// what any crash leaves.</item>
/// </list>
/// </summary>
internal static class Locks
{
    /// <summary>Requests of one transaction that stand behind another of its own.</summary>
    private const int MaxBehind = 100;

    internal static void Lock(CoordinatorState s, LockInput input)
    {
        if (Finding.Live(s, input.Caller, input.Id) is not { } transaction)
        {
            return;
        }

        if (transaction.Suspended)
        {
            s.Answer(input.Caller, Finding.LogBehind(input.Id));
        }
        else if (Refusal(s, transaction, input.Locks) is { } refusal)
        {
            s.Answer(input.Caller, refusal, transaction.DecisionRecord);
        }
        else
        {
            Ask(s, transaction, input.Locks, input.Caller, input.Wait);
        }
    }

    /// <summary>Not refused. With all of them its prepares go out; until then its deadline is the time limit.</summary>
    internal static void AskBeforePrepare(CoordinatorState s, Transaction transaction, IReadOnlyList<LockWant> wants)
    {
        transaction.AwaitsLocks = true;
        Ask(s, transaction, wants, caller: null, wait: null);
    }

    /// <param name="known">Null for one that is about to begin.</param>
    internal static ProblemReply? Refusal(CoordinatorState s, Transaction? known, IReadOnlyList<LockWant> wants)
    {
        if (wants.Count == 0)
        {
            return null;
        }

        if (known is not null && (known.State != TransactionState.Active || known.AwaitsLocks))
        {
            return NotActive(known, known.AwaitsLocks ? "it awaits those that it began with" : $"it is {known.State.ToString().ToLowerInvariant()}");
        }

        var owner = known?.Locks;
        if (owner?.Behind?.Count >= MaxBehind)
        {
            return new(ProblemKind.TooManyLocks, $"{known!.Id} has {MaxBehind} requests under way, the most that are allowed");
        }

        if (CountWith(s, owner, wants) is var count && count > s.Options.MaxLocksPerTransaction)
        {
            return new(ProblemKind.TooManyLocks, $"{count} keys are locked and asked for by one transaction; at most {s.Options.MaxLocksPerTransaction} are allowed");
        }

        if (NewOf(s, owner, wants) is > 0 and var more && s.Locks.HeldCount + s.Locks.AskedCount + more > s.Options.MaxLocks)
        {
            return new(ProblemKind.Overloaded, $"{s.Locks.HeldCount} locks are held and {s.Locks.AskedCount} are asked for; at most {s.Options.MaxLocks} are allowed");
        }

        if (known is not null && !Room.FitsRecord(s, known, BytesAsked(known) + BytesOf(wants)))
        {
            return new(ProblemKind.TooManyLocks, $"{known.Id} has no room for more locks: its record in the log would be larger than the log's files allow (Storage:SegmentSizeBytes)");
        }

        return Room.Refusal(s, RoomFor(s, wants));
    }

    /// <summary>How many keys a transaction has, asks for already, and would ask for with these. A key that it names again counts once.</summary>
    private static int CountWith(CoordinatorState s, LockOwner? owner, IReadOnlyList<LockWant> wants)
    {
        var most = (owner?.HoldCount ?? 0) + (owner?.Asked.Sum(request => request.Wants.Length) ?? 0) + wants.Count;
        if (owner is null || most <= s.Options.MaxLocksPerTransaction)
        {
            // It need not be exact.
            return most;
        }

        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var hold = owner.FirstHold; hold is not null; hold = hold.NextOfOwner)
        {
            keys.Add(hold.Key.Name);
        }

        keys.UnionWith(owner.Asked.SelectMany(request => request.Wants).Concat(wants).Select(want => want.Key));
        return keys.Count;
    }

    private static int NewOf(CoordinatorState s, LockOwner? owner, IReadOnlyList<LockWant> wants) =>
        owner is null ? wants.Count : wants.Count(want => !s.Locks.Keys.TryGetValue(want.Key, out var key) || key.FindHold(owner) is null);

    /// <summary>What its requests that are not over will add to its record.</summary>
    internal static long BytesAsked(Transaction transaction) => transaction.Locks?.Asked.Sum(request => (long)request.RecordBytes) ?? 0;

    /// <summary>Its own record, and what a checkpoint gains by it.</summary>
    internal static int RoomFor(CoordinatorState s, IReadOnlyList<LockWant> wants) => wants.Count == 0 ? 0 : (BytesOf(wants) * 2) + s.Options.RecordOverheadBytes;

    /// <summary>An upper estimate of the record.</summary>
    internal static int BytesOf(IReadOnlyList<LockWant> wants)
    {
        var bytes = wants.Count == 0 ? 0 : 128;
        foreach (var (key, _) in wants)
        {
            bytes += (key.Length * 3) + 24;
        }

        return bytes;
    }

    private static void Ask(CoordinatorState s, Transaction transaction, IReadOnlyList<LockWant> wants, Caller? caller, TimeSpan? wait)
    {
        var owner = transaction.Locks ??= new LockOwner(transaction.Id, transaction.Order) { Transaction = transaction };
        var request = new LockRequest(owner, wants, caller, s.Clock.Time)
        {
            NeverWaits = wait == TimeSpan.Zero,
            AskedAt = s.Now.Monotonic,
            RecordBytes = BytesOf(wants),
            ReservedBytes = RoomFor(s, wants),
        };
        Room.Reserve(s, transaction, request.ReservedBytes);
        s.Locks.Ask(request);
        Settle(s);
        if (!request.IsOver && wait is { } limit)
        {
            s.Timers.Arm(request, s.Now.Monotonic + limit);
        }
    }

    internal static void TimedOut(CoordinatorState s, LockRequest request)
    {
        var transaction = request.Owner.Transaction!;
        var detail = Awaited(transaction);
        s.Locks.Withdraw(request);
        Refuse(s, transaction, request, new(ProblemKind.LockTimeout, $"{transaction.Id} waited in vain: {detail}"));
        Settle(s);
    }

    /// <summary>It asks for nothing more: what it waits for is refused.</summary>
    internal static void Close(CoordinatorState s, Transaction transaction, string because)
    {
        transaction.AwaitsLocks = false;
        if (transaction.Locks is not { IsClosed: false } owner)
        {
            return;
        }

        foreach (var request in s.Locks.Close(owner))
        {
            Refuse(s, transaction, request, NotActive(transaction, because));
        }

        Settle(s);
    }

    /// <summary>I17: its transaction has ended.</summary>
    internal static void Release(CoordinatorState s, LockOwner? owner)
    {
        if (owner is not null)
        {
            s.Locks.Release(owner);
            Settle(s);
        }
    }

    /// <returns>The key that another holds, or null.</returns>
    internal static string? Restore(CoordinatorState s, Transaction transaction, IEnumerable<(HeldLock Held, Timestamp Since)> locks)
    {
        foreach (var (held, since) in locks)
        {
            transaction.Locks ??= new LockOwner(transaction.Id, age: 0) { IsClosed = true, Transaction = transaction };
            if (s.Locks.Restore(transaction.Locks, held.Key, held.Mode) is not { } hold)
            {
                return held.Key;
            }

            hold.Granted = hold.Mode;
            hold.Token = held.Token;
            transaction.Locks.HighestToken = Math.Max(transaction.Locks.HighestToken, held.Token);
            hold.Since = since;
            s.Tokens.Replay(held.Token);
        }

        return null;
    }

    /// <summary>What is on record: not what a request has taken that waits for more.</summary>
    internal static List<(HeldLock Held, Timestamp Since)> GrantedTo(Transaction transaction)
    {
        var granted = new List<(HeldLock, Timestamp)>();
        for (var hold = transaction.Locks?.FirstHold; hold is not null; hold = hold.NextOfOwner)
        {
            if (hold.Granted is { } mode)
            {
                granted.Add((new HeldLock(hold.Key.Name, mode, hold.Token), hold.Since));
            }
        }

        return granted;
    }

    /// <summary>What it waits for, and who keeps it waiting.</summary>
    internal static string Awaited(Transaction transaction)
    {
        if (transaction.Locks?.Current is not { Group: { } group } request)
        {
            return "its locks were not granted";
        }

        var on = group.Previous?.Last?.Owner;
        for (var hold = group.Key.FirstHold; on is null && hold is not null; hold = hold.NextOfKey)
        {
            on = hold.Owner == request.Owner ? null : hold.Owner;
        }

        return $"'{group.Key.Name}' is {(group.Previous is null ? "held" : "awaited")} by {on?.Id}";
    }

    /// <summary>Acts on what came of requests, in order; that lets others end, and so on.</summary>
    private static void Settle(CoordinatorState s)
    {
        if (s.IsSettlingLocks)
        {
            return;
        }

        s.IsSettlingLocks = true;
        while (s.Locks.TakeEvent() is { } next)
        {
            switch (next)
            {
                case LocksGranted granted:
                    Granted(s, granted.Request);
                    break;
                case LocksNotFree { Request: var request } refused:
                    var asking = request.Owner.Transaction!;
                    Refuse(s, asking, request, new(ProblemKind.LockTimeout, $"'{refused.Key}' is not free, and {asking.Id} would not wait"));
                    break;
                case DeadlockBroken broken:
                    Broken(s, broken);
                    break;
            }
        }

        s.IsSettlingLocks = false;
    }

    private static void Granted(CoordinatorState s, LockRequest request)
    {
        var transaction = request.Owner.Transaction!;
        Over(s, transaction, request);
        if (request.Taken.Count > 0)
        {
            Record(s, transaction, request);
        }

        if (s.Now.Monotonic > request.AskedAt)
        {
            s.Emit(new LockWaited(s.Now.Monotonic - request.AskedAt));
        }

        if (request.Caller is { } caller)
        {
            s.Answer(caller, new LockReply(request.Owner.HighestToken), s.Tokens.Record);
            return;
        }

        transaction.AwaitsLocks = false;
        Preparing.Start(s, transaction);
    }

    private static void Record(CoordinatorState s, Transaction transaction, LockRequest request)
    {
        var token = s.Tokens.Issue(s);
        var locks = new HeldLock[request.Taken.Count];
        for (var i = 0; i < locks.Length; i++)
        {
            var (hold, mode, _) = request.Taken[i];
            hold.Granted = mode;
            hold.Token = token;
            hold.Since = s.Clock.Time;
            locks[i] = new HeldLock(hold.Key.Name, mode, token);
        }

        request.Owner.HighestToken = token;
        transaction.LocksRecord = s.Append(new Locked(s.Clock.Time, transaction.Id, locks), transaction);
    }

    private static void Broken(CoordinatorState s, DeadlockBroken broken)
    {
        var victim = broken.Victim.Transaction!;
        var cycle = new LockWait[broken.Cycle.Count];
        for (var i = 0; i < cycle.Length; i++)
        {
            var wait = broken.Cycle[i];
            cycle[i] = new LockWait(wait.Waiting.Id, wait.Key, wait.Mode, wait.On.Id, Queued: !wait.Holds);
        }

        s.Emit(new DeadlockFound(victim.Id, cycle));
        var detail = string.Join("; ", cycle.Select(w => $"{w.Transaction} waits for '{w.WaitsFor}' {(w.Queued ? "behind" : "held by")} {w.HeldBy}"));
        var own = Array.Find(cycle, wait => wait.Transaction == victim.Id)!;
        Deciding.Abort(s, victim, new(AbortCode.Deadlock, null, $"deadlock of {cycle.Length}; waited for '{own.WaitsFor}' {(own.Queued ? "behind" : "held by")} {own.HeldBy}"));
        foreach (var request in broken.Dropped)
        {
            Refuse(s, victim, request, new(ProblemKind.Deadlock, $"{victim.Id} is the youngest of a deadlock, and aborts: {detail}") { Cycle = cycle });
        }
    }

    private static void Refuse(CoordinatorState s, Transaction transaction, LockRequest request, ProblemReply problem)
    {
        Over(s, transaction, request);
        if (request.Caller is { } caller)
        {
            s.Answer(caller, problem, transaction.DecisionRecord);
        }
    }

    private static void Over(CoordinatorState s, Transaction transaction, LockRequest request)
    {
        request.IsOver = true;
        s.Timers.Disarm(request);
        if (!transaction.IsEnded)
        {
            Room.Reserve(s, transaction, -request.ReservedBytes);
        }
    }

    private static ProblemReply NotActive(Transaction transaction, string because) => new(ProblemKind.NotActive, $"{transaction.Id} takes no more locks: {because}");
}
