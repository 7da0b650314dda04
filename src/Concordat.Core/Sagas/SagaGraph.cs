namespace Concordat.Core.Sagas;

/// <summary>Which step follows which. Steps are named by their places in the request, from 0.</summary>
internal sealed class SagaGraph
{
    private const int BitsPerWord = 64;
    private readonly int[][] _after;
    private readonly int[][] _before;

    /// <summary>Of each step a set of bits: all steps that precede it. Bodies may ask very often.</summary>
    private readonly ulong[][] _ancestors;

    private SagaGraph(int[][] after)
    {
        _after = after;
        var before = new List<int>[after.Length];
        for (var step = 0; step < after.Length; step++)
        {
            before[step] = [];
        }

        for (var step = 0; step < after.Length; step++)
        {
            foreach (var earlier in after[step])
            {
                before[earlier].Add(step);
            }
        }

        _before = Array.ConvertAll(before, static steps => steps.ToArray());
        _ancestors = Array.ConvertAll(after, steps => new ulong[(after.Length + BitsPerWord - 1) / BitsPerWord]);
    }

    internal int Count => _after.Length;

    /// <summary>The steps that must be done before this one starts.</summary>
    internal ReadOnlySpan<int> After(int step) => _after[step];

    /// <summary>The steps that wait for this one; they are compensated before it.</summary>
    internal ReadOnlySpan<int> Before(int step) => _before[step];

    /// <param name="after">Of each step: the steps that it follows, each once and none beyond the last.</param>
    /// <param name="cycle">Steps that wait for each other in a circle, each for the next; empty where there is a graph.</param>
    internal static SagaGraph? Make(int[][] after, out IReadOnlyList<int> cycle)
    {
        var graph = new SagaGraph(after);
        cycle = graph.FindCycle();
        return cycle.Count == 0 ? graph : null;
    }

    /// <summary>Whether one step is done before another starts.</summary>
    internal bool Precedes(int earlier, int later) => (_ancestors[later][earlier / BitsPerWord] & (1UL << (earlier % BitsPerWord))) != 0;

    /// <summary>Takes away what waits for nobody, again and again ("Topological sorting of large networks", Kahn, CACM 1962): what is left waits in circles, or for one.</summary>
    private List<int> FindCycle()
    {
        var missing = Array.ConvertAll(_after, static steps => steps.Length);
        var free = new Queue<int>();
        for (var step = 0; step < Count; step++)
        {
            if (missing[step] == 0)
            {
                free.Enqueue(step);
            }
        }

        var taken = 0;
        while (free.TryDequeue(out var step))
        {
            taken++;
            foreach (var next in _before[step])
            {
                Inherit(next, step);
                if (--missing[next] == 0)
                {
                    free.Enqueue(next);
                }
            }
        }

        return taken == Count ? [] : Circle(missing);
    }

    /// <summary>The earlier step has all of its own ancestors already, since nothing is missing before it.</summary>
    private void Inherit(int step, int earlier)
    {
        var mine = _ancestors[step];
        for (var word = 0; word < mine.Length; word++)
        {
            mine[word] |= _ancestors[earlier][word];
        }

        mine[earlier / BitsPerWord] |= 1UL << (earlier % BitsPerWord);
    }

    /// <summary>From any of the rest, always to one that it waits for and that is left too: this comes back to where it has been.</summary>
    private List<int> Circle(int[] missing)
    {
        var path = new List<int>();
        var placeOf = new Dictionary<int, int>();
        var step = Array.FindIndex(missing, static count => count > 0);
        while (placeOf.TryAdd(step, path.Count))
        {
            path.Add(step);
            step = Array.Find(_after[step], earlier => missing[earlier] > 0);
        }

        return path[placeOf[step]..];
    }
}
