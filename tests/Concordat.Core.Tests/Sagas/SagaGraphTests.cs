using Concordat.Core.Sagas;
using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Core.Tests.Sagas;

public sealed class SagaGraphTests
{
    [Fact]
    public void A_row_and_a_diamond_are_graphs()
    {
        var row = SagaGraph.Make([[], [0], [1]], out _)!;
        Assert.True(row.Precedes(0, 2));
        Assert.False(row.Precedes(2, 0));
        var diamond = SagaGraph.Make([[], [0], [0], [1, 2]], out _)!;
        Assert.Equal([1, 2], diamond.Before(0).ToArray());
        Assert.False(diamond.Precedes(1, 2));
    }

    [Fact]
    public void A_cycle_is_named_each_step_before_the_one_that_it_waits_for()
    {
        Assert.Null(SagaGraph.Make([[], [0, 3], [1], [2], [3]], out var cycle));
        Assert.Equal(3, cycle.Count);
        int[][] after = [[], [0, 3], [1], [2], [3]];
        for (var i = 0; i < cycle.Count; i++)
        {
            Assert.Contains(cycle[(i + 1) % cycle.Count], after[cycle[i]]);
        }
    }

    [Fact]
    public void A_step_that_waits_for_itself_is_a_cycle()
    {
        Assert.Null(SagaGraph.Make([[0]], out var cycle));
        Assert.Equal([0], cycle);
    }

    /// <summary>Against the closure of "follows", computed the slow way.</summary>
    [Fact]
    public void Cycles_and_precedence_are_those_of_the_closure() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), Compare).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static void Compare(int seed)
    {
        var random = new Random(seed);
        var count = random.Next(1, 8);
        var after = Enumerable.Range(0, count)
            .Select(_ => Enumerable.Range(0, count).Where(_ => random.Next(count) == 0).ToArray()).ToArray();
        var follows = new bool[count, count];
        for (var i = 0; i < count; i++)
        {
            foreach (var earlier in after[i])
            {
                follows[i, earlier] = true;
            }
        }

        for (var k = 0; k < count; k++)
        {
            for (var i = 0; i < count; i++)
            {
                for (var j = 0; j < count; j++)
                {
                    follows[i, j] |= follows[i, k] && follows[k, j];
                }
            }
        }

        var graph = SagaGraph.Make(after, out var cycle);
        Assert.Equal(Enumerable.Range(0, count).Any(i => follows[i, i]), graph is null);
        Assert.Equal(graph is null, cycle.Count > 0);
        for (var i = 0; graph is not null && i < count; i++)
        {
            for (var j = 0; j < count; j++)
            {
                Assert.Equal(follows[i, j], graph.Precedes(j, i));
            }
        }
    }
}
