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

    /// <summary>Branches of transactions, and sagas, that have not ended.</summary>
    public int Unfinished { get; internal set; }

    /// <summary>Branches that are decided and have not acknowledged.</summary>
    public int Backlog { get; internal set; }

    /// <summary>False once it was removed; a participant put again under its name is a new one.</summary>
    internal bool IsRegistered = true;

    internal int ProbeFailures;

    /// <summary>The call that is out as a probe, while it is down.</summary>
    internal Delivered? Probe;

    internal readonly CallQueue Prepares = new();

    /// <summary>Commits and rollbacks have slots of their own, so that hanging prepares cannot starve them.</summary>
    internal readonly CallQueue Completions = new();

    /// <summary>Of sagas. They may take minutes, and the two phases of transactions must not wait for them.</summary>
    internal readonly CallQueue Actions = new();

    /// <summary>Of sagas: they have slots of their own, too, so that hanging actions cannot starve them.</summary>
    internal readonly CallQueue Compensations = new();
}

/// <summary>Those of one phase that wait for a slot, in order, and how many slots are taken.</summary>
internal sealed class CallQueue
{
    private Delivered? _first, _last;

    internal int Calling;

    internal bool IsEmpty => _first is null;

    /// <summary>The others follow it by <see cref="Delivered.QueueNext"/>.</summary>
    internal Delivered? First => _first;

    internal void Add(Delivered sender)
    {
        sender.Queue = this;
        sender.QueuePrevious = _last;
        sender.QueueNext = null;
        if (_last is null)
        {
            _first = sender;
        }
        else
        {
            _last.QueueNext = sender;
        }

        _last = sender;
    }

    internal Delivered TakeFirst()
    {
        var sender = _first!;
        Remove(sender);
        return sender;
    }

    internal void Remove(Delivered sender)
    {
        if (sender.QueuePrevious is null)
        {
            _first = sender.QueueNext;
        }
        else
        {
            sender.QueuePrevious.QueueNext = sender.QueueNext;
        }

        if (sender.QueueNext is null)
        {
            _last = sender.QueuePrevious;
        }
        else
        {
            sender.QueueNext.QueuePrevious = sender.QueuePrevious;
        }

        sender.QueuePrevious = sender.QueueNext = null;
    }
}
