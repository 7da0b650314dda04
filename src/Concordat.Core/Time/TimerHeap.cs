namespace Concordat.Core;

/// <summary>Something that a <see cref="TimerHeap"/> can wake. The heap keeps its place in it, so that disarming is cheap.</summary>
public abstract class TimerNode
{
    internal int HeapIndex = -1;
    internal TimeSpan DueAt;
    internal long Order;

    public bool IsArmed => HeapIndex >= 0;

    /// <summary>When it fires, on the monotonic clock. Only meaningful while armed.</summary>
    public TimeSpan Due => DueAt;
}

/// <summary>
/// A binary heap of timers, ordered by due time and then by arming, so that a run is deterministic. Arm, re-arm and disarm
/// are O(log n); a timer that is disarmed leaves at once, so that the heap holds what is pending and nothing else.
/// </summary>
public sealed class TimerHeap
{
    private TimerNode[] _heap = new TimerNode[16];
    private int _count;
    private long _order;

    public int Count => _count;

    /// <summary>When the next timer fires, or null where none is armed.</summary>
    public TimeSpan? NextDue => _count == 0 ? null : _heap[0].DueAt;

    public void Arm(TimerNode node, TimeSpan due)
    {
        Disarm(node);
        node.DueAt = due;
        node.Order = _order++;
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }

        Place(node, _count++);
        Rise(node.HeapIndex);
    }

    public void Disarm(TimerNode node)
    {
        var index = node.HeapIndex;
        if (index < 0)
        {
            return;
        }

        node.HeapIndex = -1;
        var last = _heap[--_count];
        _heap[_count] = null!;
        if (index == _count)
        {
            return;
        }

        Place(last, index);
        Rise(index);
        Sink(last.HeapIndex);
    }

    /// <summary>Takes out the next timer that is due, or null.</summary>
    public TimerNode? TakeDue(TimeSpan now)
    {
        if (_count == 0 || _heap[0].DueAt > now)
        {
            return null;
        }

        var node = _heap[0];
        Disarm(node);
        return node;
    }

    private void Place(TimerNode node, int index)
    {
        _heap[index] = node;
        node.HeapIndex = index;
    }

    private void Rise(int index)
    {
        var node = _heap[index];
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (!Before(node, _heap[parent]))
            {
                break;
            }

            Place(_heap[parent], index);
            index = parent;
        }

        Place(node, index);
    }

    private void Sink(int index)
    {
        var node = _heap[index];
        while (true)
        {
            var child = index * 2 + 1;
            if (child >= _count)
            {
                break;
            }

            if (child + 1 < _count && Before(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!Before(_heap[child], node))
            {
                break;
            }

            Place(_heap[child], index);
            index = child;
        }

        Place(node, index);
    }

    private static bool Before(TimerNode left, TimerNode right) =>
        left.DueAt < right.DueAt || (left.DueAt == right.DueAt && left.Order < right.Order);
}
