using Concordat.Client.Resources;

namespace Concordat.Client.Tests.Resources;

/// <summary>A database in memory that can prepare, and can be told to fail.</summary>
internal sealed class FakeResource(string name) : IResource, IMarkerKeeper
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _prepared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Outcome> _finished = new(StringComparer.Ordinal);
    private int _listings;

    public string Name => name;

    public string Identity { get; set; } = "fake:" + name;

    /// <summary>Called before anything is done, with what and to which branch.</summary>
    public Action<string, string> Before { get; set; } = (_, _) => { };

    public int Listings => Volatile.Read(ref _listings);

    public void Prepare(string branch)
    {
        lock (_gate)
        {
            Assert.True(_prepared.Add(branch));
        }
    }

    /// <summary>A branch that was open ends, without having been prepared.</summary>
    public void End(string branch, Outcome outcome)
    {
        lock (_gate)
        {
            _finished.Add(branch, outcome);
        }
    }

    /// <summary>From here on it looks as if it had been rolled back.</summary>
    public void Lose(string branch)
    {
        lock (_gate)
        {
            _finished[branch] = Outcome.Aborted;
        }
    }

    /// <summary>Those of branches that have committed, in order; a page holds two.</summary>
    public SortedSet<string> Markers { get; } = new(StringComparer.Ordinal);

    public Task<MarkerPage> ListMarkersAsync(TimeSpan olderThan, BranchMarker? after, CancellationToken cancellationToken)
    {
        Before("list markers", "");
        lock (_gate)
        {
            var from = after is { } last ? $"{last.Transaction}/{last.BranchId}" : "";
            BranchMarker[] page = [.. Markers.Where(m => string.CompareOrdinal(m, from) > 0).Take(2).Select(m => new BranchMarker(TransactionId.Parse(m[..36]), m[37..]))];
            return Task.FromResult(new MarkerPage(page, page.Length == 2 ? page[1] : null));
        }
    }

    public Task ForgetAsync(IReadOnlyCollection<BranchMarker> markers, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Markers.ExceptWith(markers.Select(m => $"{m.Transaction}/{m.BranchId}"));
        }

        return Task.CompletedTask;
    }

    /// <summary>Null while it is prepared, or where it never was.</summary>
    public Outcome? Finished(string branch)
    {
        lock (_gate)
        {
            return _finished.TryGetValue(branch, out var outcome) ? outcome : null;
        }
    }

    public bool IsPrepared(string branch)
    {
        lock (_gate)
        {
            return _prepared.Contains(branch);
        }
    }

    public Task<string> IdentifyAsync(CancellationToken cancellationToken)
    {
        Before("identify", "");
        return Task.FromResult(Identity);
    }

    public Task<IReadOnlyList<PreparedBranch>> ListPreparedAsync(CancellationToken cancellationToken)
    {
        Before("list", "");
        lock (_gate)
        {
            Interlocked.Increment(ref _listings);
            return Task.FromResult<IReadOnlyList<PreparedBranch>>([.. _prepared.Order(StringComparer.Ordinal).Select(b => new PreparedBranch(b, TimeSpan.FromMinutes(1)))]);
        }
    }

    public Task FinishAsync(string branch, Outcome outcome, CancellationToken cancellationToken)
    {
        Before("finish", branch);
        lock (_gate)
        {
            if (_prepared.Remove(branch))
            {
                _finished.Add(branch, outcome);
                if (outcome == Outcome.Committed)
                {
                    Markers.Add(branch);
                }
            }
        }

        return Task.CompletedTask;
    }

    public Task<Fate?> FateOfAsync(TransactionId transaction, string branchId, string evidence, CancellationToken cancellationToken)
    {
        var branch = $"{transaction}/{branchId}";
        Before("fate", branch);
        lock (_gate)
        {
            return Task.FromResult<Fate?>(
                _prepared.Contains(branch) ? null
                : !_finished.TryGetValue(branch, out var outcome) ? Fate.Unknown
                : outcome == Outcome.Committed ? Fate.Committed : Fate.RolledBack);
        }
    }
}
