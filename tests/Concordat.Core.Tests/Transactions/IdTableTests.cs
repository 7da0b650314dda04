using Concordat.Core.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Core.Tests.Transactions;

public sealed class IdTableTests
{
    /// <summary>Against a sorted dictionary, over several epochs and pages.</summary>
    [Fact]
    public void Behaves_as_a_sorted_dictionary() => Prop.ForAll<(byte Epoch, ushort Counter, bool Set)[]>(steps =>
    {
        var table = new IdTable();
        var model = new SortedDictionary<(long, ulong), object>();
        foreach (var (e, counter, set) in steps)
        {
            var place = (Epoch: (long)(e % 4) + 1, Counter: (ulong)counter);
            if (set)
            {
                var entry = new object();
                table.Set(place.Epoch, place.Counter, entry);
                model[place] = entry;
            }
            else if (model.Remove(place))
            {
                table.Remove(place.Epoch, place.Counter);
            }

            Assert.Same(model.GetValueOrDefault(place), table.Find(place.Epoch, place.Counter));
            Assert.Equal(model.Where(m => m.Key.CompareTo(place) < 0).Select(m => m.Value).Reverse(), table.NewestFirst(new TablePlace(place.Epoch, place.Counter)).Select(p => p.Entry));
        }

        Assert.Equal(model.Values, table.OldestFirst());
        Assert.Equal(model.Reverse().Select(m => (m.Key.Item1, m.Key.Item2)), table.NewestFirst(null).Select(p => (p.Place.Epoch, p.Place.Counter)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Places_at_the_limits_are_kept_apart()
    {
        var table = new IdTable();
        var places = new[] { (1L, 0UL), (1L, TransactionId.MaxCounter), (2L, 0UL), ((long)int.MaxValue, TransactionId.MaxCounter) };
        foreach (var place in places)
        {
            table.Set(place.Item1, place.Item2, place);
        }

        Assert.All(places, place => Assert.Equal(place, table.Find(place.Item1, place.Item2)));
        Assert.Equal(places.Reverse(), table.NewestFirst(null).Select(p => (p.Place.Epoch, p.Place.Counter)));
        Assert.Null(table.Find(3, 0));
    }
}
