using Concordat.Core.Sagas;
using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Core.Tests.Sagas;

/// <summary>Random graphs and random histories, against <see cref="NaiveSaga"/>.</summary>
public sealed class SagaPropertyTests
{
    [Fact]
    public void What_may_start_and_what_is_undone_is_what_the_history_says() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), Live)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Environment.GetEnvironmentVariable("CONCORDAT_LONG") is null ? 2000 : 50_000));

    private static void Live(int seed)
    {
        var random = new Random(seed);
        var after = Graph(random);
        var saga = new SagaProgress(SagaGraph.Make(after, out _)!);
        var naive = new NaiveSaga(after);
        for (var events = 0; !saga.IsCompleted && !saga.IsUndone; events++)
        {
            Assert.True(events < 100_000, "it comes to no end");
            Agree(saga, naive, after.Length);
            Happen(random, saga, naive, after.Length);
        }

        Agree(saga, naive, after.Length);
        Assert.True(naive.IsCompleted || naive.IsUndone);
        var order = naive.UndoneInOrder;
        var graph = SagaGraph.Make(after, out _)!;
        for (var i = 0; i < order.Count; i++)
        {
            for (var j = i + 1; j < order.Count; j++)
            {
                Assert.False(graph.Precedes(order[i], order[j]), $"{order[i]} is undone before {order[j]}, which followed it");
            }
        }
    }

    private static int[][] Graph(Random random)
    {
        // Each follows some of those before it, in an order that is not that of the numbers.
        var count = random.Next(1, 9);
        var order = Enumerable.Range(0, count).ToArray();
        random.Shuffle(order);
        var after = new int[count][];
        for (var i = 0; i < count; i++)
        {
            after[order[i]] = [.. order[..i].Where(_ => random.Next(3) == 0)];
        }

        return after;
    }

    private static void Happen(Random random, SagaProgress saga, NaiveSaga naive, int count)
    {
        var step = random.Next(count);
        switch (random.Next(8))
        {
            case 0 or 1 or 2 when saga.MayStart(step):
                saga.Start(step);
                naive.Add("start", step);
                break;
            case 3 when naive.IsRunning(step):
                saga.Doubt(step);
                naive.Add("doubt", step);
                break;
            case 4 or 5 when naive.IsRunning(step):
                saga.Done(step);
                naive.Add("done", step);
                break;
            case 6 when naive.IsRunning(step) && random.Next(3) == 0:
                saga.End(step);
                naive.Add("end", step);
                break;
            case 7 when saga.MayUndo(step):
                saga.Undone(step);
                naive.Add("undone", step);
                break;
            case 7 when !saga.IsTurned && random.Next(20) == 0:
                saga.Turn();
                naive.Add("turn");
                break;
        }
    }

    private static void Agree(SagaProgress saga, NaiveSaga naive, int count)
    {
        Assert.Equal((naive.IsTurned, naive.IsCompleted, naive.IsUndone), (saga.IsTurned, saga.IsCompleted, saga.IsUndone));
        for (var step = 0; step < count; step++)
        {
            Assert.Equal((naive.MayStart(step), naive.MayUndo(step)), (saga.MayStart(step), saga.MayUndo(step)));
            Assert.Equal(naive.Of(step), saga[step]);
        }
    }
}
