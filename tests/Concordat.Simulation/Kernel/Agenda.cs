namespace Concordat.Simulation;

/// <summary>
/// What will happen when: a binary heap over simulated time. Of two things at the same moment the one that was put down first comes first,
/// so that a run is the same every time.
/// </summary>
internal sealed class Agenda
{
    private Entry[] _heap = new Entry[256];
    private long _order;

    internal int Count { get; private set; }

    /// <param name="node">Whose process does it; null for the world itself.</param>
    /// <param name="incarnation">It happens only while this process lives.</param>
    internal void Add(TimeSpan at, Node? node, int incarnation, Action action)
    {
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, Count * 2);
        }

        var entry = new Entry(at.Ticks, _order++, node, incarnation, action);
        var hole = Count++;
        while (hole > 0 && entry.IsBefore(_heap[(hole - 1) / 2]))
        {
            _heap[hole] = _heap[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }

        _heap[hole] = entry;
    }

    internal Entry Take()
    {
        var first = _heap[0];
        var last = _heap[--Count];
        _heap[Count] = default;
        if (Count == 0)
        {
            return first;
        }

        var hole = 0;
        while (true)
        {
            var child = (hole * 2) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _heap[child + 1].IsBefore(_heap[child]))
            {
                child++;
            }

            if (!_heap[child].IsBefore(last))
            {
                break;
            }

            _heap[hole] = _heap[child];
            hole = child;
        }

        _heap[hole] = last;
        return first;
    }

    internal readonly record struct Entry(long AtTicks, long Order, Node? Node, int Incarnation, Action Action)
    {
        internal bool IsBefore(in Entry other) => AtTicks < other.AtTicks || (AtTicks == other.AtTicks && Order < other.Order);
    }
}
