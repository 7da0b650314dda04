using Concordat.Core.Transactions;

namespace Concordat.Core.Participants;

/// <summary>
/// A registered participant and its delivery: what waits to be sent to it, how many calls are out, whether it is down. Also
/// the timer of its next probe while it is down.
/// </summary>
public sealed class Participant : TimerNode
{
    internal Participant(string name, string url, ParticipantFlags flags)
    {
        Name = name;
        Url = url;
        Flags = flags;
    }

    public string Name { get; }

    /// <summary>Where it is now. A participant that moves is called at its new address, for old transactions too. Of a resource: which database it is.</summary>
    public string Url { get; internal set; }

    /// <summary>For transactions that begin from now on.</summary>
    public ParticipantFlags Flags { get; internal set; }

    /// <summary>Connection failures or 503s since the last sign of life: no call but one probe at a time.</summary>
    public bool IsDown { get; internal set; }

    /// <summary>Branches of transactions that have not ended.</summary>
    public int Unfinished { get; internal set; }

    /// <summary>Branches that are decided and have not acknowledged.</summary>
    public int Backlog { get; internal set; }

    /// <summary>False once it was removed; a participant put again under its name is a new one.</summary>
    internal bool IsRegistered = true;

    internal int ProbeFailures;

    /// <summary>The call that is out as a probe, while it is down.</summary>
    internal Branch? Probe;

    internal readonly CallQueue Prepares = new();

    /// <summary>Commits and rollbacks have slots of their own, so that hanging prepares cannot starve them.</summary>
    internal readonly CallQueue Completions = new();
}

/// <summary>Branches of one phase that wait for a slot, in order, and how many slots are taken.</summary>
internal sealed class CallQueue
{
    private Branch? _first, _last;

    internal int Calling;

    internal bool IsEmpty => _first is null;

    /// <summary>The others follow it by <see cref="Branch.QueueNext"/>.</summary>
    internal Branch? First => _first;

    internal void Add(Branch branch)
    {
        branch.Queue = this;
        branch.QueuePrevious = _last;
        branch.QueueNext = null;
        if (_last is null)
        {
            _first = branch;
        }
        else
        {
            _last.QueueNext = branch;
        }

        _last = branch;
    }

    internal Branch TakeFirst()
    {
        var branch = _first!;
        Remove(branch);
        return branch;
    }

    internal void Remove(Branch branch)
    {
        if (branch.QueuePrevious is null)
        {
            _first = branch.QueueNext;
        }
        else
        {
            branch.QueuePrevious.QueueNext = branch.QueueNext;
        }

        if (branch.QueueNext is null)
        {
            _last = branch.QueuePrevious;
        }
        else
        {
            branch.QueueNext.QueuePrevious = branch.QueuePrevious;
        }

        branch.QueuePrevious = branch.QueueNext = null;
    }
}
