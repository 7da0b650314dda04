namespace Concordat.Core.Tests.Models;

/// <summary>
/// A database that can prepare, seen from outside: what it was asked to prepare is prepared under its name until somebody finishes it,
/// and by a marker it remembers those that committed, until it is told to forget them.
/// </summary>
internal sealed class DatabaseModel
{
    private readonly HashSet<string> _open = [];
    private readonly HashSet<string> _prepared = [];
    private readonly Dictionary<string, bool> _finished = [];
    private readonly HashSet<string> _markers = [];

    internal IEnumerable<string> Prepared => _prepared.Order(StringComparer.Ordinal);

    /// <summary>Every branch that ended here, and whether it has committed.</summary>
    internal IReadOnlyDictionary<string, bool> Finished => _finished;

    /// <summary>False where a name was used before: a database takes it again, a client never does so.</summary>
    internal bool Prepare(string name) => !_finished.ContainsKey(name) && _prepared.Add(name);

    /// <summary>Of the branches that have committed and are not forgotten.</summary>
    internal IEnumerable<string> Markers => _markers.Order(StringComparer.Ordinal);

    /// <summary>From here on a branch that committed looks as if it had been rolled back.</summary>
    internal void Forget(string name) => _markers.Remove(name);

    /// <summary>Begins a branch whose session will end it, or die with it.</summary>
    internal void Open(string name) => _open.Add(name);

    /// <summary>In one phase, by its own session.</summary>
    internal void EndOpen(string name, bool commit)
    {
        if (_open.Remove(name))
        {
            End(name, commit);
        }
    }

    internal void DropSessions()
    {
        foreach (var name in _open)
        {
            End(name, committed: false);
        }

        _open.Clear();
    }

    /// <summary>Finishing what is not there does nothing: somebody else was quicker.</summary>
    internal void Finish(string name, bool commit)
    {
        if (_prepared.Remove(name))
        {
            End(name, commit);
        }
    }

    private void End(string name, bool committed)
    {
        _finished.Add(name, committed);
        if (committed)
        {
            _markers.Add(name);
        }
    }

    /// <summary>Null while it is open or prepared.</summary>
    internal Fate? FateOf(string name) =>
        _open.Contains(name) || _prepared.Contains(name) ? null
        : !_finished.ContainsKey(name) ? Fate.Unknown
        : _markers.Contains(name) ? Fate.Committed : Fate.RolledBack;
}
