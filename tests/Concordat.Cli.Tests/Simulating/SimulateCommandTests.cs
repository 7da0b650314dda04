using System.Text.Json;
using Concordat.Cli.Tests.Support;

namespace Concordat.Cli.Tests.Simulating;

public sealed class SimulateCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("concordat-simulate-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Seeds_are_run_and_their_logs_audited()
    {
        var run = await CommandRun.OfAsync("simulate", "--seeds", "200", "--check", "-o", "json", "--coverage");
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(200, json.RootElement.GetProperty("seeds").GetInt64());
        Assert.Empty(json.RootElement.GetProperty("broken").EnumerateArray());
        Assert.True(json.RootElement.GetProperty("happenings").GetProperty("Kill").GetInt64() > 0);
        Assert.True(json.RootElement.GetProperty("crashPoints").GetArrayLength() > 60);
    }

    [Fact]
    public async Task One_seed_is_told_and_its_logs_can_be_checked()
    {
        var told = await CommandRun.OfAsync("simulate", "--seed", "5", "--save", _directory);
        Assert.Equal(0, told.ExitCode);
        Assert.StartsWith("seed 5: every invariant held", told.Out, StringComparison.Ordinal);
        Assert.Contains("is killed", told.Out, StringComparison.Ordinal);

        var data = Path.Combine(_directory, "coordinator");
        var participants = Directory.GetDirectories(_directory, "p*").SelectMany(p => new[] { "-p", p });
        var check = await CommandRun.OfAsync(["check", "--data", data, .. participants]);
        Assert.Equal(0, check.ExitCode);
        Assert.Contains("No violations.", check.Out, StringComparison.Ordinal);

        var again = await CommandRun.OfAsync("simulate", "--seed", "5", "--save", _directory);
        Assert.Equal(4, again.ExitCode);
        Assert.Contains("is not empty", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_options_of_the_teaching_lab_decide_what_happens()
    {
        var run = await CommandRun.OfAsync(
            "simulate", "--seeds", "20", "--participants", "4", "--clients", "2", "--requests", "12", "--faults", "0",
            "--send-probability", "1", "--success-probability", "0", "-o", "json", "--coverage");
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(240, json.RootElement.GetProperty("transactions").GetInt64());
        Assert.Equal(80, json.RootElement.GetProperty("participants").GetInt64());
        Assert.Equal(0, json.RootElement.GetProperty("happenings").GetProperty("MessageLost").GetInt64());
        Assert.False(json.RootElement.GetProperty("records").TryGetProperty("participant's Committed", out _), "nothing succeeds, and something committed");
    }

    [Theory]
    [InlineData("--seeds", "0")]
    [InlineData("--participants", "0")]
    [InlineData("--send-probability", "1.5")]
    [InlineData("--success-probability", "NaN")]
    [InlineData("--threads", "0")]
    public async Task A_number_out_of_range_is_wrong_usage(string option, string value)
    {
        var run = await CommandRun.OfAsync("simulate", option, value);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Out);
        Assert.Contains(option, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scenario_that_is_none_is_said_to_be_none()
    {
        var missing = await CommandRun.OfAsync("simulate", "--scenario", Path.Combine(_directory, "none.json"));
        Assert.Equal(3, missing.ExitCode);

        var file = Path.Combine(_directory, "bad.json");
        await File.WriteAllTextAsync(file, "{\"Seed\": 1}", TestContext.Current.CancellationToken);
        var bad = await CommandRun.OfAsync("simulate", "--scenario", file);
        Assert.Equal(2, bad.ExitCode);
        Assert.Contains("is no scenario", bad.Error, StringComparison.Ordinal);
    }
}
