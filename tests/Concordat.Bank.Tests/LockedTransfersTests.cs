namespace Concordat.Bank.Tests;

/// <summary>The sample with locks, as a process, with its processes killed.</summary>
public sealed class LockedTransfersTests
{
    [Fact]
    public async Task Locks_in_random_order_deadlock_every_victim_is_run_again_and_no_money_is_lost()
    {
        // On the same transfers with ordered locks first: there are no deadlocks.
        await using var sample = await Child.StartAsync(
            TextWriter.Null, Programs.Beside("Bank.dll", "--locks", "random", "--accounts", "6", "--transfers", "300", "--kills", "1", "--concurrency", "24"));
        var exitCode = await Until.EndsAsync("the sample", sample.Exited, TimeSpan.FromMinutes(5));
        Assert.True(exitCode == 0, $"it ended with {exitCode} and said\n{sample.Output}");
        Assert.Contains("ordered: 0 deadlocks", sample.Output, StringComparison.Ordinal);
        Assert.Matches("random: [1-9][0-9,]* deadlocks", sample.Output);
        Assert.Contains("with ordered locks", sample.Output, StringComparison.Ordinal);
        Assert.Equal(2, sample.Output.Split("ok     nothing is left locked").Length - 1);
        Assert.Equal(2, sample.Output.Split("ok     money before = money after").Length - 1);
    }
}
