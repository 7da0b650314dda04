using System.Globalization;

namespace Concordat.Core.Tests.Models;

/// <summary>Many small worlds, each from its seed. <c>CONCORDAT_SEED</c> runs one of them, <c>CONCORDAT_SEEDS</c> that many; <c>./test.sh --long</c> runs 30,000.</summary>
public sealed class RandomWorldTests
{
    private const int Steps = 400;

    [Fact]
    public void AC1_to_AC3_AC5_I6_I14_I17_and_endedBefore_hold_in_random_worlds()
    {
        if (Environment.GetEnvironmentVariable("CONCORDAT_SEED") is { } only)
        {
            new RandomWorld(int.Parse(only, CultureInfo.InvariantCulture)).Run(Steps);
            return;
        }

        var seeds = int.Parse(Environment.GetEnvironmentVariable("CONCORDAT_SEEDS") ?? (Environment.GetEnvironmentVariable("CONCORDAT_LONG") is null ? "150" : "30000"), CultureInfo.InvariantCulture);
        int crashes = 0, commits = 0, begun = 0, grants = 0, deadlocks = 0;
        for (var seed = 1; seed <= seeds; seed++)
        {
            var world = new RandomWorld(seed);
            try
            {
                world.Run(Steps);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }

            crashes += world.Crashes;
            commits += world.Commits;
            begun += world.Begun;
            grants += world.Grants;
            deadlocks += world.Deadlocks;
        }

        Assert.True(grants > seeds && deadlocks > seeds / 10, $"{grants} locks granted and {deadlocks} deadlocks in {seeds} worlds");

        // The worlds must be neither all well nor all dead, or they prove nothing.
        Assert.True(crashes > seeds, $"{crashes} crashes in {seeds} worlds");
        Assert.True(commits > begun / 10 && begun > 10 * seeds, $"{commits} of {begun} committed");
    }
}
