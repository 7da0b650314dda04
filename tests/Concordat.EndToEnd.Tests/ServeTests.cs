using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests;

/// <summary>Starts that must be refused, and the orderly stop.</summary>
public sealed partial class ServeTests : EndToEndTest
{
    [Fact]
    public async Task I15_a_second_server_on_a_directory_in_use_ends_at_once_and_names_directory_and_owner()
    {
        var world = await StartWorldAsync();
        await world.ScriptAsync("a", "b");

        var (exitCode, output) = await world.RunAsync(world.ServeCommand(0));

        Assert.Equal(1, exitCode);
        Assert.Contains(world.DataDirectory, output, StringComparison.Ordinal);
        Assert.Contains($"{world.Coordinator.Process.Id}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        var answer = await world.Api.RunAsync(Transfer.Of("a", "b"));
        answer.IsOutcome("committed");
        await world.Api.EndsAsync(answer.Id, "committed");
        await world.AuditAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task I16_a_damaged_log_stops_the_start_with_its_place_and_nothing_is_written(bool killed)
    {
        var world = await StartWorldAsync();
        await world.ScriptAsync("a", "b");
        for (var i = 0; i < 20; i++)
        {
            (await world.Api.RunAsync(Transfer.Of("a", "b"))).IsOutcome("committed");
        }

        if (!killed)
        {
            world.Coordinator.Process.Signal(Child.SigTerm);
        }
        else
        {
            await world.Coordinator.KillAsync();
        }

        await Until.EndsAsync("the coordinator", world.Coordinator.Process.Exited);
        var segment = Segments(world).First(s => LastUsed(File.ReadAllBytes(s)) > 4096);
        var bytes = File.ReadAllBytes(segment);
        var place = LastUsed(bytes) / 2;
        bytes[place] ^= 0x10;
        File.WriteAllBytes(segment, bytes);
        var before = Hashes(world);

        var (exitCode, output) = await world.RunAsync(world.ServeCommand(0));

        Assert.Equal(1, exitCode);
        Assert.Contains(Path.GetFileName(segment), output, StringComparison.Ordinal);
        var offset = AnOffset().Match(output);
        Assert.True(offset.Success, $"it does not name the offset: {output}");
        Assert.InRange(int.Parse(offset.Groups["offset"].Value), place - 4096, place);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.Equal(before, Hashes(world));
        var (inspection, _) = await world.RunAsync(Programs.Concordat("log", "inspect", "--data", world.DataDirectory));
        Assert.NotEqual(2, inspection);

        bytes[place] ^= 0x10;
        File.WriteAllBytes(segment, bytes);
        await world.Coordinator.StartAsync();
        await world.AuditAsync();
    }

    [Fact]
    public async Task SIGTERM_finishes_what_is_decided_and_ends_with_0()
    {
        var world = await StartWorldAsync();
        var late = (await world.ScriptAsync("prompt", "late"))[1];
        var gate = new Gate();
        late.OnCommit = gate.RefuseAsync;
        var answer = await world.Api.RunAsync(Transfer.Of("prompt", "late"));
        answer.IsOutcome("committed");
        await late.IsAskedAsync(Verb.Commit);

        world.Coordinator.Process.Signal(Child.SigTerm);
        await Until.TrueAsync("new work is refused", async () =>
            await world.Api.RunAsync(Transfer.Of("prompt")) is { Status: HttpStatusCode.ServiceUnavailable, Problem: "/problems/draining" });
        Assert.False(world.Coordinator.Process.Exited.IsCompleted, "it waits for what is decided");
        gate.Open();

        Assert.Equal(0, await Until.EndsAsync("the coordinator", world.Coordinator.Process.Exited));
        Assert.True(late.HasCommitted(answer.Id), "the decided branch was told before the end");
        await world.AuditAsync();
        var told = late.Count(Verb.Commit);
        await world.Coordinator.StartAsync();
        Assert.Equal("committed", (await world.Api.GetAsync(answer.Id)).State);
        Assert.Equal(told, late.Count(Verb.Commit));
    }

    [Fact]
    public async Task SIGTERM_ends_with_0_after_the_drain_time_and_a_restart_goes_on()
    {
        var settings = World.Settings();
        settings["Shutdown"] = new JsonObject { ["DrainSeconds"] = 0.5 };
        var world = await StartWorldAsync(settings);
        var down = (await world.ScriptAsync("prompt", "down"))[1];
        var gate = new Gate();
        down.OnCommit = gate.RefuseAsync;
        var answer = await world.Api.RunAsync(Transfer.Of("prompt", "down"));
        answer.IsOutcome("committed");
        await down.IsAskedAsync(Verb.Commit);

        world.Coordinator.Process.Signal(Child.SigTerm);

        Assert.Equal(0, await Until.EndsAsync("the coordinator", world.Coordinator.Process.Exited));
        gate.Open();
        await world.Coordinator.StartAsync();
        await world.Api.EndsAsync(answer.Id, "committed");
        Assert.True(down.HasCommitted(answer.Id), "it has committed");
        await world.AuditAsync();
    }

    private static string[] Segments(World world) =>
        [.. Directory.EnumerateFiles(world.DataDirectory).Where(f => Path.GetFileName(f) != "lock").Order(StringComparer.Ordinal)];

    private static string[] Hashes(World world) => [.. Segments(world).Select(s => $"{s} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(s)))}")];

    private static int LastUsed(byte[] segment) => segment.AsSpan().LastIndexOfAnyExcept((byte)0);

    [GeneratedRegex(@"offset (?<offset>\d+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnOffset();
}
