using Concordat.Core.Locking;

namespace Concordat.Core.Tests.Locking;

public sealed class KeyOrderTests
{
    /// <summary>Against a list that is searched from the beginning, while keys come and go over many stretches.</summary>
    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 0.7)]
    [InlineData(3, 0.99)]
    public void The_first_key_after_a_number_is_found_whoever_came_and_went(int seed, double share)
    {
        var random = new Random(seed);
        var order = new KeyOrder();
        var living = new List<LockKey>();
        for (var i = 0; i < 60_000; i++)
        {
            if (living.Count == 0 || random.NextDouble() > share || living.Count < 50)
            {
                var key = new LockKey($"{i}");
                order.Add(key);
                living.Add(key);
            }
            else
            {
                // Mostly young ones, now and then an old one.
                var at = random.Next(4) == 0 ? random.Next(living.Count) : living.Count - 1 - random.Next(Math.Min(5, living.Count));
                order.Remove(living[at]);
                living.RemoveAt(at);
            }

            if (i % 500 == 0)
            {
                foreach (var after in (long[])[0, living[0].Number, living[^1].Number - 1, living[^1].Number, random.NextInt64(i + 2), long.MaxValue])
                {
                    Assert.Same(living.Find(key => key.Number > after), order.FirstAfter(after));
                }
            }
        }

        var walked = new List<LockKey>();
        for (var key = order.FirstAfter(0); key is not null; key = key.Next)
        {
            walked.Add(key);
        }

        Assert.Equal(living, walked);
    }

    [Fact]
    public void When_all_are_gone_none_is_found_and_the_next_is()
    {
        var order = new KeyOrder();
        var keys = Enumerable.Range(0, 5000).Select(i => new LockKey($"{i}")).ToList();
        keys.ForEach(order.Add);
        keys.ForEach(order.Remove);
        Assert.Null(order.FirstAfter(0));
        var next = new LockKey("next");
        order.Add(next);
        Assert.Same(next, order.FirstAfter(keys[^1].Number));
        Assert.Null(order.FirstAfter(next.Number));
    }
}
