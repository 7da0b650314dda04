using System.Diagnostics;
using Concordat.Matrix.Tests.Reporting;
using Concordat.Matrix.Tests.Worlds;

namespace Concordat.Matrix.Tests;

/// <summary>
/// Somebody is killed at a point of a transaction, and started again. Then by itself everything ends, in all databases the same and as the
/// application was told, and nothing is left that would be in the way of the next one.
/// </summary>
public abstract class KillMatrix(Stack stack, WorldKeeper keeper, MatrixReport report)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Where the deadline is waited for. The point must be reached before.</summary>
    private static readonly TimeSpan ShortDeadline = TimeSpan.FromSeconds(8);

    private protected static TheoryData<Victim, Point> CellsOf(Stack stack)
    {
        var data = new TheoryData<Victim, Point>();
        foreach (var cell in Cell.All.Where(c => c.Stack == stack))
        {
            data.Add(cell.Victim, cell.Point);
        }

        return data;
    }

    private protected async Task RunAsync(Victim killed, Point at)
    {
        var cell = new Cell(stack, killed, at);
        try
        {
            var world = await keeper.GetAsync(stack);
            report.Add(cell, await RunAsync(world, cell));
        }
        catch
        {
            await keeper.DropAsync();
            throw;
        }
    }

    private static async Task<CellResult> RunAsync(MatrixWorld world, Cell cell)
    {
        var before = await world.ValuesAsync();
        var (run, reached) = await StopAsync(world, cell, before);
        var transaction = await run.Transaction;

        var since = Stopwatch.GetTimestamp();
        await world.KillAsync(cell.Victim);
        world.Release();
        await using (await world.StartAgentAsync())
        {
            await world.StartAgainAsync(cell.Victim);
            var again = Stopwatch.GetElapsedTime(since);
            await EndsAsync(world, transaction);
            var ended = Stopwatch.GetElapsedTime(since);

            var after = await world.ValuesAsync();
            var committed = after == (before.First + 1, before.Second + 1);
            Assert.True(committed || after == before, $"it is half done: {before} became {after}");
            await EverybodyAgreesAsync(world, run, transaction, committed, isThere: cell.Victim != Victim.Client);
            Assert.Equal(cell.Commits, committed);
            await TheNextOneCommitsAsync(world, after);
            return new CellResult(committed, reached, again, ended);
        }
    }

    /// <summary>A short deadline may pass on the way, where the machine has much else to do. Then once more, with a longer one.</summary>
    private static async Task<(Run Run, TimeSpan Reached)> StopAsync(MatrixWorld world, Cell cell, (int First, int Second) before)
    {
        for (var deadline = cell.WaitsForDeadline ? ShortDeadline : Deadline; ; deadline *= 2)
        {
            var begun = Stopwatch.GetTimestamp();
            var stop = Stop.At(cell.Point, world);
            var run = world.Begin(deadline);
            try
            {
                await Stop.IsReachedAsync(cell.Point, stop, world, run, before);
                return (run, Stopwatch.GetElapsedTime(begun));
            }
            catch (Exception) when (deadline < Deadline && Stopwatch.GetElapsedTime(begun) > deadline)
            {
                world.Release();
                await using (await world.StartAgentAsync())
                {
                    Assert.StartsWith("rolled back:", await Until.EndsAsync("the application's call", run.Told), StringComparison.Ordinal);
                    await EndsAsync(world, await run.Transaction);
                }
            }
        }
    }

    /// <summary>Nothing is prepared anywhere, and the coordinator has nothing left to do.</summary>
    private static async Task EndsAsync(MatrixWorld world, string transaction)
    {
        await Until.TrueAsync("the transaction has ended", async () =>
        {
            Assert.Empty(await world.View.HazardsAsync(transaction));
            return await world.View.HasEndedAsync(transaction);
        });
        await Until.TrueAsync("nothing is prepared any more", async () => await world.PreparedAsync() == (0, 0));
        foreach (var branch in (Branch[])[world.First, world.Second])
        {
            Assert.Equal(0, await world.View.UnfinishedAsync(branch.Name));
        }

        if (world.Participant is { } participant)
        {
            await Until.TrueAsync("the participant holds nothing", async () => (await participant.HeldAsync()).Length == 0);
            Assert.Equal(0, await participant.InDoubtAsync());
        }
    }

    private static async Task EverybodyAgreesAsync(MatrixWorld world, Run run, string transaction, bool committed, bool isThere)
    {
        // One that was lost with its begin aborted.
        Assert.Equal(committed ? "committed" : "aborted", await world.View.OutcomeAsync(transaction) ?? "aborted");
        if (world.Participant is { } participant)
        {
            Assert.Equal(committed ? 1 : 0, (await participant.AppliedAsync()).GetValueOrDefault(transaction));
        }

        if (isThere)
        {
            var told = await Until.EndsAsync("the application's call", run.Told);
            Assert.StartsWith(committed ? "committed" : "rolled back:", told, StringComparison.Ordinal);
        }
    }

    /// <summary>Every lock is free.</summary>
    private static async Task TheNextOneCommitsAsync(MatrixWorld world, (int First, int Second) before)
    {
        var next = world.Begin(Deadline);
        Assert.Equal("committed", await Until.EndsAsync("the next transaction", next.Told));
        var transaction = await next.Transaction;
        await EndsAsync(world, transaction);
        Assert.Equal((before.First + 1, before.Second + 1), await world.ValuesAsync());
        Assert.Equal("committed", await world.View.OutcomeAsync(transaction));
    }
}
