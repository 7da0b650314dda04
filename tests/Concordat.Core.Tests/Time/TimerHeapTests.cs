using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Core.Tests.Time;

public sealed class TimerHeapTests
{
    private sealed class Node : TimerNode;

    /// <summary>Against a list that is searched: arm, re-arm, disarm and take, in any order.</summary>
    [Fact]
    public void Behaves_as_a_sorted_list() => Prop.ForAll<(byte Node, byte Due, bool Arm)[]>(steps =>
    {
        var heap = new TimerHeap();
        var nodes = Enumerable.Range(0, 20).Select(_ => new Node()).ToArray();
        var model = new List<(Node Node, TimeSpan Due, int Order)>();
        for (var i = 0; i < steps.Length; i++)
        {
            var node = nodes[steps[i].Node % nodes.Length];
            var due = TimeSpan.FromSeconds(steps[i].Due % 16);
            model.RemoveAll(m => m.Node == node);
            if (steps[i].Arm)
            {
                heap.Arm(node, due);
                model.Add((node, due, i));
            }
            else if (steps[i].Node > 127)
            {
                heap.Disarm(node);
            }
            else
            {
                model.Add((node, due, i));
                heap.Arm(node, due);
                TakeAll(heap, model, TimeSpan.FromSeconds(steps[i].Due / 32));
            }

            Assert.Equal(model.Count, heap.Count);
            Assert.Equal(model.Count == 0 ? null : model.Min(m => m.Due), heap.NextDue);
            Assert.All(nodes, n => Assert.Equal(model.Exists(m => m.Node == n), n.IsArmed));
        }

        TakeAll(heap, model, TimeSpan.MaxValue);
        Assert.Equal(0, heap.Count);
    }).QuickCheckThrowOnFailure();

    private static void TakeAll(TimerHeap heap, List<(Node Node, TimeSpan Due, int Order)> model, TimeSpan now)
    {
        foreach (var expected in model.Where(m => m.Due <= now).OrderBy(m => m.Due).ThenBy(m => m.Order).ToList())
        {
            Assert.Same(expected.Node, heap.TakeDue(now));
            model.Remove(expected);
        }

        Assert.Null(heap.TakeDue(now));
    }
}
