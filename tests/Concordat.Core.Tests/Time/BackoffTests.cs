namespace Concordat.Core.Tests.Time;

public sealed class BackoffTests
{
    [Fact]
    public void Waits_double_to_the_cap_and_lie_in_the_upper_half()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));
        var random = new SplitMix64(1);
        for (var failures = 0; failures < 200; failures++)
        {
            var full = Math.Min(100 * Math.Pow(2, Math.Max(failures - 1, 0)), 5000);
            for (var i = 0; i < 50; i++)
            {
                Assert.InRange(backoff.After(failures, random).TotalMilliseconds, full / 2, full);
            }
        }
    }

    [Fact]
    public void Those_who_failed_together_do_not_come_back_together()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        var random = new SplitMix64(2);
        var waits = Enumerable.Range(0, 1000).Select(_ => backoff.After(1, random)).ToList();
        Assert.True(waits.Distinct().Count() > 990);
        Assert.InRange(waits.Average(w => w.TotalSeconds), 7.3, 7.7);
    }

    [Fact]
    public void The_generator_repeats_with_its_seed_and_differs_with_another()
    {
        Assert.Equal(Numbers(7), Numbers(7));
        Assert.NotEqual(Numbers(7), Numbers(8));

        // The first outputs for seed 0, from the reference implementation.
        Assert.Equal([0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F], Numbers(0));
    }

    private static ulong[] Numbers(ulong seed)
    {
        var random = new SplitMix64(seed);
        return [random.Next(), random.Next(), random.Next()];
    }
}
