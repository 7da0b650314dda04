using System.Globalization;
using Concordat.Core;

namespace Concordat.Simulation;

/// <summary>
/// Who holds which key, as it was told or as its prepares show. A lock is given to somebody else only when its transaction has ended (I17), or is lost with a
/// transaction that can never commit; it is on disk before the first prepare; and tokens rise.
/// </summary>
internal sealed class Tenures(World world)
{
    private readonly Dictionary<string, List<Tenure>> _byKey = new(StringComparer.Ordinal);

    /// <param name="token">Null where none was told: it locked with its one call.</param>
    internal void Granted(Deal deal, IReadOnlyList<LockWant> wants, long? token)
    {
        foreach (var want in wants)
        {
            if (!_byKey.TryGetValue(want.Key, out var all))
            {
                _byKey.Add(want.Key, all = []);
            }

            var mine = all.Find(t => t.Deal == deal);
            foreach (var other in all.Where(t => t.Deal != deal && (t.Mode == LockMode.Exclusive || want.Mode == LockMode.Exclusive)))
            {
                Displaced(other, want.Key, deal);
                if (token <= other.Token && mine is null)
                {
                    throw world.Break("fencing token", $"{deal.Id} locks {want.Key} with token {token}, and {other.Deal.Id} had {other.Token} before it");
                }
            }

            if (mine is null)
            {
                all.Add(new Tenure(deal) { Mode = want.Mode, Token = token ?? 0 });
            }
            else
            {
                mine.Mode = want.Mode > mine.Mode ? want.Mode : mine.Mode;
                mine.Token = Math.Max(mine.Token, token ?? 0);
            }
        }
    }

    /// <summary>A participant is about to be asked to prepare, in one phase or two.</summary>
    internal void Preparing(Deal deal, string branchId)
    {
        if (TransferOf(branchId) is { Habit: Habit.Run or Habit.Background, Locks: { Count: > 0 } locks })
        {
            Granted(deal, LockWant.InOrder(locks), token: null);
        }

        foreach (var (key, all) in _byKey)
        {
            if (all.Find(t => t.Deal == deal) is { } mine && !(deal.DurableLocks.TryGetValue(key, out var mode) && mode >= mine.Mode))
            {
                throw world.Break("I17", $"{deal.Id} is prepared, and its lock on {key} is not durable");
            }
        }
    }

    /// <summary>There is no deadlock where nobody locks, or only one. That it is one is proved where the cycle can be seen.</summary>
    internal bool MayBeDeadlocked => world.Plan.Transfers.Count(t => t.Locks.Count > 0) > 1;

    private void Displaced(Tenure tenure, string key, Deal by)
    {
        var deal = tenure.Deal;
        if (deal.Ended is not null || world.WasRestored)
        {
            return;
        }

        if (deal.Decided is null && deal.IsOnePhaseDurable && deal.LastHeardAt == TimeSpan.Zero)
        {
            throw world.Break("I17", $"{by.Id} locks {key}, and {deal.Id} holds it and is committing in one phase");
        }

        if (deal is { Decided: Outcome.Committed, OnePhase: false }
            && deal.Branches.Take(deal.BranchesOnRecord).FirstOrDefault(b => b is { CommitAcknowledged: false, Left: false, Settled: false }) is { } open)
        {
            throw world.Break("I17", $"{by.Id} locks {key}, and {deal.Id} holds it and is committed, and its branch {open.Id} has not acknowledged that");
        }

        if (deal.Decided is null && !deal.IsOnePhaseDurable)
        {
            deal.LostALockTo ??= by;
        }
    }

    private Transfer? TransferOf(string branchId) =>
        int.TryParse(branchId.Split('.')[0], CultureInfo.InvariantCulture, out var number) ? world.Plan.Transfers.FirstOrDefault(t => t.Number == number) : null;

    private sealed class Tenure(Deal deal)
    {
        internal Deal Deal { get; } = deal;

        internal LockMode Mode { get; set; }

        internal long Token { get; set; }
    }
}
