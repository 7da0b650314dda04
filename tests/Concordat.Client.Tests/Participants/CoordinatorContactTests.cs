using System.Net;
using Concordat.Log;
using Concordat.Client.Participants;
using Microsoft.Extensions.Options;

namespace Concordat.Client.Tests.Participants;

public sealed class CoordinatorContactTests
{
    private const string Registered = """{"name": "bank", "url": "http://bank:8001/concordat", "onePhase": false, "inquires": true}""";

    [Fact]
    public async Task It_registers_until_that_works_and_is_ready_then()
    {
        var coordinator = new ScriptedCoordinator().RefuseTheConnection();
        await using var bank = await ParticipantProcess.StartAsync(coordinator: coordinator);
        await Wait.UntilAsync(() => coordinator.Seen.Count >= 2, "it tries again");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bank.Http.GetAsync("/readyz")).StatusCode);
        coordinator.Answer(HttpStatusCode.Created, Registered);
        await Wait.UntilAsync(() => bank.Participant.Status.Registered, "it is registered");
        Assert.Equal(HttpStatusCode.OK, (await bank.Http.GetAsync("/readyz")).StatusCode);
        var request = coordinator.Seen.First();
        Assert.Equal("PUT /v1/participants/bank", request.Line);
        Assert.Contains("\"url\":\"http://bank:8001/concordat\"", request.Body);
        Assert.Contains("\"inquires\":true", request.Body);
    }

    [Theory]
    [InlineData("committed", 900)]
    [InlineData("aborted", 1000)]
    public async Task A_branch_in_doubt_asks_the_configured_coordinator_and_obeys(string outcome, long balance)
    {
        var coordinator = new ScriptedCoordinator().Answer(HttpStatusCode.OK, Registered);
        await using var bank = await ParticipantProcess.StartAsync(coordinator: coordinator);
        await Wait.UntilAsync(() => bank.Participant.Status.Registered, "it is registered");
        coordinator.Answer(HttpStatusCode.OK, $$"""{"outcome": "{{outcome}}", "presumed": false}""");
        await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        await Wait.UntilAsync(() => bank.Participant.Status is { InDoubt: 0, Remembered: 1 }, "the branch ends");
        Assert.Equal(balance, await bank.BalanceAsync());
        Assert.Equal($"GET /v1/transactions/{ParticipantProcess.Transaction(1)}/outcome?branch=1", coordinator.Seen.Last().Line);
    }

    [Theory]
    [InlineData(HttpStatusCode.Conflict, "/problems/log-behind")]
    [InlineData(HttpStatusCode.NotFound, "/problems/unknown-transaction")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "/problems/recovering")]
    [InlineData(HttpStatusCode.Found, "/problems/none")]
    [InlineData(HttpStatusCode.OK, "no outcome at all")]
    public async Task I12_no_other_answer_settles_it(HttpStatusCode status, string type)
    {
        var coordinator = new ScriptedCoordinator().Answer(HttpStatusCode.OK, Registered);
        var bank = await ParticipantProcess.StartAsync(coordinator: coordinator);
        await Wait.UntilAsync(() => bank.Participant.Status.Registered, "it is registered");
        coordinator.Problem(status, type);
        await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        await Wait.UntilAsync(() => coordinator.Seen.Count >= 2, "it asks");
        var disk = await bank.CrashAsync();

        var after = new ScriptedCoordinator().Problem(status, type);
        await using var again = await ParticipantProcess.StartAsync(disk, coordinator: after);
        await Wait.UntilAsync(() => after.Seen.Any(s => s.Line.Contains("/outcome")), "it asks after the restart");
        Assert.Equal(1, again.Participant.Status.InDoubt);
        Assert.Equal(900, await again.BalanceAsync());
    }

    [Fact]
    public async Task An_address_out_of_a_call_is_not_asked_where_a_coordinator_is_configured()
    {
        var hosts = new System.Collections.Concurrent.ConcurrentBag<string>();
        var coordinator = new ScriptedCoordinator().Do((request, _) =>
        {
            hosts.Add(request.RequestUri!.Host);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError));
        });
        await using var bank = await ParticipantProcess.StartAsync(coordinator: coordinator);
        await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        await Wait.UntilAsync(() => coordinator.Seen.Any(s => s.Line.StartsWith("GET", StringComparison.Ordinal)), "it asks");
        Assert.All(hosts, host => Assert.Equal("coordinator", host));
    }

    [Fact]
    public async Task Bug18_a_directory_left_by_a_killed_process_opens_and_one_in_use_says_who_has_it()
    {
        var directory = Directory.CreateTempSubdirectory("concordat-test-");
        try
        {
            // What a killed process leaves: a lock file with its pid, and no lock.
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "lock"), "999999\n");
            await using (await ParticipantProcess.StartAsync(storage: _ => new FileLogStorage(directory.FullName)))
            {
                var e = await Assert.ThrowsAsync<LogLockedException>(
                    () => ParticipantProcess.StartAsync(storage: _ => new FileLogStorage(directory.FullName)));
                Assert.Contains(directory.FullName, e.Message);
                Assert.Contains(Environment.ProcessId.ToString(), e.Message);
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Options_are_checked_at_the_start_and_every_error_is_named()
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => ParticipantProcess.StartAsync(with: o =>
        {
            o.Name = "no spaces";
            o.MaxBranches = 0;
            o.Coordinator = new Uri("ftp://x");
        }));
        Assert.Equal(3, e.Failures.Count());
        Assert.Contains("'no spaces'", e.Message);
    }
}
