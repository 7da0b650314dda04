using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Engine;
using Concordat.Server.Tests.Engine.Support;

namespace Concordat.Server.Tests.Engine;

/// <summary>All locks of a transaction stand in one record of a checkpoint: what would make it larger than the log takes is refused, whichever way it comes.</summary>
public sealed class LockRecordSizeTests : IDisposable
{
    private static readonly TransactionSpec Empty = new() { Timeout = TimeSpan.FromMinutes(1), Branches = [] };

    private readonly EngineRun _run = new(new MemoryLogStorage(), new EngineOptions
    {
        Log = new LogOptions { SegmentSizeBytes = 256 * 1024, MaxRecordBytes = 24 * 1024, SpareSegments = 3 },
        CheckpointBytes = 64 * 1024,
    });

    private static List<LockWant> Long(int count, string prefix) =>
        [.. Enumerable.Range(0, count).Select(k => new LockWant($"{prefix}-{k}-" + new string('x', 90), LockMode.Exclusive))];

    [Fact]
    public async Task Of_a_begin()
    {
        await _run.WithParticipantsAsync();
        Refused(await _run.Ask(c => new BeginInput(c, BeginMode.Run, EngineRun.Transfer with { Locks = Long(300, "k") })));
        await SurvivesCheckpointsAsync();
    }

    [Fact]
    public async Task Of_requests_that_stand_behind_another()
    {
        await _run.WithParticipantsAsync();
        var (holder, waiter) = (await OpenAsync(), await OpenAsync());
        await _run.Ask(c => new LockInput(c, holder, [new("hot", LockMode.Exclusive)], TimeSpan.Zero));
        var waits = new List<Task<Response>> { _run.Engine.AskAsync(c => new LockInput(c, waiter, [new("hot", LockMode.Exclusive)], TimeSpan.FromSeconds(50))) };
        for (var request = 0; request < 40; request++)
        {
            var wants = Long(10, $"{request}");
            waits.Add(_run.Engine.AskAsync(c => new LockInput(c, waiter, wants, TimeSpan.FromSeconds(50))));
        }

        await _run.Ask(c => new RollbackInput(c, holder));
        var answers = await Task.WhenAll(waits);
        Assert.IsType<LockResponse>(answers[0]);
        Assert.Contains(answers, answer => answer is LockResponse);
        Refused(answers[^1]);
        await SurvivesCheckpointsAsync();
    }

    [Fact]
    public async Task Of_branches_beside_locks()
    {
        await _run.WithParticipantsAsync();
        var id = await OpenAsync();
        for (var request = 0; await _run.Ask(c => new LockInput(c, id, Long(1, $"{request}"), TimeSpan.Zero)) is LockResponse; request++)
        {
            Assert.True(request < 1000, "nothing was ever refused");
        }

        var refusals = 0;
        for (var branch = 0; branch < 90; branch++)
        {
            var name = new string('b', 120) + branch;
            refusals += await _run.Ask(c => new EnlistInput(c, id, new BranchSpec(EngineRun.Transfer.Branches[0].Participant, "[]"u8.ToArray(), name))) is ProblemResponse { Kind: ProblemKind.TooManyBranches } ? 1 : 0;
        }

        Assert.True(refusals > 0, "all branches were taken in");
        await SurvivesCheckpointsAsync();
    }

    private static void Refused(Response response) => Assert.Equal(ProblemKind.TooManyLocks, Assert.IsType<ProblemResponse>(response).Kind);

    private async Task<TransactionId> OpenAsync() => ((TransactionResponse)await _run.Ask(c => new BeginInput(c, BeginMode.Open, Empty))).Document.Id;

    private async Task SurvivesCheckpointsAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _run.Run()));
        }

        Assert.Empty(_run.Failures);
    }

    public void Dispose() => _run.Dispose();
}
