using System.Collections.Concurrent;
using System.Net;
using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests;

/// <summary>Disks that fail and disks that are full.</summary>
public sealed class DiskTests : EndToEndTest
{
    [Theory]
    [InlineData("fdatasync:error=EIO:when=3+")]
    [InlineData("fdatasync:error=ENOSPC:when=1")]
    [InlineData("pwrite64,pwritev,pwritev2:error=EIO:when=2+")]
    public async Task A_disk_that_fails_stops_the_server_at_once_and_a_restart_has_lost_no_answer(string fault)
    {
        var world = await StartWorldAsync();
        var banks = await Task.WhenAll(world.ParticipantAsync("bank-a"), world.ParticipantAsync("bank-b"));
        var told = new ConcurrentBag<Answer>();
        await AskAsync(world, told, 5);

        await using (await Strace.AttachAsync(world.Coordinator, world.Folder, fault))
        {
            var clients = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AskUntilDownAsync(world, told)));
            Assert.Equal(1, await Until.EndsAsync("the server whose disk fails", world.Coordinator.Process.Exited));
            await Until.EndsAsync("the clients", clients);
        }

        Assert.Contains("stopped at once", world.Coordinator.Process.Output, StringComparison.Ordinal);
        await world.Coordinator.StartAsync();

        Assert.All(told, a => a.IsOutcome("committed"));
        foreach (var answer in told)
        {
            await world.Api.EndsAsync(answer.Id, "committed");
        }

        foreach (var bank in banks)
        {
            await Until.TrueAsync($"{bank.Name} is not in doubt any more", async () => await bank.InDoubtAsync() == 0 && (await bank.HeldAsync()).Length == 0);
            var applied = await bank.AppliedAsync();
            Assert.All(told, a => Assert.Equal(1, applied.GetValueOrDefault(a.Id)));
            Assert.All(applied, t => Assert.Equal(1, t.Value));
        }

        Assert.Equal(await banks[0].AppliedAsync(), await banks[1].AppliedAsync());
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_full_disk_refuses_new_transactions_finishes_running_ones_and_goes_on_when_there_is_room()
    {
        var folder = Directory.CreateTempSubdirectory("concordat-e2e-full-").FullName;
        await using var output = TextWriter.Synchronized(new StringWriter());
        await using (var disk = await PrivateTmpfs.MountAsync(output, Path.Combine(folder, "disk"), 2 * 1024 * 1024))
        {
            await FillAndFreeAsync(disk, Path.Combine(folder, "disk", "data"));
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task FillAndFreeAsync(PrivateTmpfs disk, string data)
    {
        var world = NewWorld(World.SmallFiles(), disk.Inside, data);
        await world.StartAsync();
        var participants = await world.ScriptAsync("a", "slow");
        var gate = new Gate();
        participants[1].OnPrepare = gate.HoldAsync;

        // 1. Some run, and the disk becomes full.
        var running = Enumerable.Range(0, 10).Select(_ => world.Api.RunAsync(Transfer.Of(600, "a", "slow"))).ToArray();
        await participants[1].IsAskedAsync(Verb.Prepare, running.Length);
        var filler = Path.Combine(disk.FromOutside, "filler");
        Fill(filler);

        // 2. Sooner or later what is preallocated is used up, and new ones are refused.
        Answer? refused = null;
        var accepted = new List<string>();
        await Until.TrueAsync("a new transaction is refused", async () =>
        {
            var batch = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.Api.RunAsync(Transfer.Of("a"))));
            accepted.AddRange(batch.Where(a => a.Outcome == "committed").Select(a => a.Id));
            refused = batch.FirstOrDefault(a => a.Outcome != "committed");
            return refused is not null;
        });
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "/problems/log-full"), (refused!.Status, refused.Problem));

        // 3. What runs is finished with the room that was set aside for it.
        gate.Open();
        var answers = await Until.EndsAsync("the running transactions", Task.WhenAll(running));
        Assert.All(answers, a => a.IsOutcome("committed"));

        // 4. A restart on the full disk loses nothing either.
        await world.Coordinator.RestartAsync();
        foreach (var answer in answers)
        {
            await world.Api.EndsAsync(answer.Id, "committed");
        }

        // 5. There is room again, and it goes on by itself.
        File.Delete(filler);
        await Until.TrueAsync("new transactions are accepted again", async () => (await world.Api.RunAsync(Transfer.Of("a", "slow"))).Outcome == "committed");
        Assert.All(answers, a => Assert.True(participants.All(p => p.HasCommitted(a.Id)), $"{a.Id} has not committed everywhere"));
        Assert.All(accepted, id => Assert.True(participants[0].HasCommitted(id), $"{id} has not committed"));
        await world.Coordinator.KillAsync();
        var (exitCode, output) = await world.RunAsync(disk.Inside(Programs.Concordat("check", "--data", data)));
        Assert.True(exitCode == 0, $"concordat check ended with {exitCode}:\n{output}");
        Assert.All(participants, p => Assert.Empty(p.Violations));
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create);
        var page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full, which is what was wanted.
        }
    }

    private static async Task AskAsync(World world, ConcurrentBag<Answer> told, int times)
    {
        for (var i = 0; i < times; i++)
        {
            told.Add(await world.Api.RunAsync(Transfer.Of("bank-a", "bank-b")));
        }
    }

    private static async Task AskUntilDownAsync(World world, ConcurrentBag<Answer> told)
    {
        try
        {
            while (true)
            {
                told.Add(await world.Api.RunAsync(Transfer.Of("bank-a", "bank-b")));
            }
        }
        catch (HttpRequestException)
        {
            // It has stopped: not known, and not told.
        }
    }
}
