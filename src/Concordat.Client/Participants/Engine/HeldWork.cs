namespace Concordat.Client.Participants;

/// <summary>What waits for a record to be durable, in the order of the records and then of its coming.</summary>
internal sealed class HeldWork
{
    private readonly PriorityQueue<Action, (ulong After, long Order)> _held = new();
    private long _order;

    public int Count => _held.Count;

    public void Hold(ulong after, Action action) => _held.Enqueue(action, (after, _order++));

    public void Release(ulong durableRecord)
    {
        while (_held.TryPeek(out var action, out var due) && due.After <= durableRecord)
        {
            _held.Dequeue();
            action();
        }
    }
}
