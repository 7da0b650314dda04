namespace Concordat.Trip.Tests;

/// <summary>samples/Trip, run as a person runs it.</summary>
public sealed class SampleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Every_trip_is_booked_whole_or_not_at_all_also_with_the_coordinator_killed_at_each_step()
    {
        await using var sample = await Child.StartAsync(TextWriter.Null, Programs.Beside("Trip.dll"));
        var exitCode = await Until.EndsAsync("the sample", sample.Exited, Limit);
        Assert.True(exitCode == 0, $"it ended with {exitCode} and said\n{sample.Output}");
        Assert.Contains("every trip is booked whole or not at all", sample.Output, StringComparison.Ordinal);
        Assert.Equal(9, sample.Output.Split("yes").Length - 1);
        Assert.Equal(5, sample.Output.Split("killed").Length - 1);
    }

    [Fact]
    public async Task What_it_does_not_know_is_refused()
    {
        var (exitCode, output) = await Child.RunAsync(TextWriter.Null, [.. Programs.Beside("Trip.dll", "--fast")]);
        Assert.Equal(2, exitCode);
        Assert.Contains("--fast", output, StringComparison.Ordinal);
    }
}
