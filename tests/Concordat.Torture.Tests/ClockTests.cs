using System.Diagnostics;
using Concordat.Client;
using Concordat.Torture.Tests.Clients;
using Concordat.Torture.Tests.Machines;
using Concordat.Torture.Tests.Worlds;

namespace Concordat.Torture.Tests;

/// <summary>The wall clock of one process jumps by an hour, forth and back, in the middle of the work.</summary>
public sealed class ClockTests : TortureTest
{
    private const int StepsPerRound = 3;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private readonly Clocks _clocks = new();

    [Fact]
    public async Task Clocks_that_jump_abort_nothing_and_age_no_history_and_no_key()
    {
        var world = await StartAsync(_clocks, new() { Retention = TimeSpan.FromMinutes(50) });
        var request = new TransactionBuilder("remembered").WithBranch(world.Banks[0].Name).Build();
        var remembered = await world.Client.TryRunAsync(request, "remembered");
        var (victims, to) = (VictimsOf(world), Offsets());
        await RoundsAsync(world, Times(6, 60), async load =>
        {
            for (var i = 0; i < StepsPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(5, 50));
                await StepAsync(world, victims.Draw()(), to);
                Assert.Equal(remembered.Id, (await world.Client.GetAsync(remembered.Id)).Id);
                Assert.Equal(remembered.Id, (await world.Client.TryRunAsync(request, "remembered")).Id);
            }
        }, nothingIsCutShort: true);
    }

    [Fact]
    public async Task Clocks_that_jump_between_kills_lose_nothing()
    {
        var world = await StartAsync(_clocks);
        var (victims, to) = (VictimsOf(world), Offsets());
        await RoundsAsync(world, Times(4, 60), async load =>
        {
            for (var i = 0; i < StepsPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(5, 50));
                var victim = victims.Draw()();
                await victim.KillAsync();
                await StepAsync(world, victim, to);
                Count($"kills of {victim.Name}");
            }
        });
    }

    [Fact]
    public async Task Deadlines_run_on_the_monotonic_clock()
    {
        var world = await StartAsync(_clocks);
        await world.RoundAsync(async _ =>
        {
            // 1. An hour forward: a deadline in ten minutes is not over.
            var far = await world.Client.BeginAsync(new BeginOptions { Timeout = TimeSpan.FromMinutes(10) });
            await StepAsync(world, world.Coordinator, Hour);
            Assert.Equal(TransactionState.Active, (await world.Client.GetAsync(far.Id)).State);

            // 2. An hour back: a deadline in a second is not an hour away.
            var near = await world.Client.BeginAsync(new BeginOptions { Timeout = TimeSpan.FromSeconds(1) });
            var start = Stopwatch.GetTimestamp();
            await StepAsync(world, world.Coordinator, TimeSpan.Zero);
            await Until.TrueAsync("it is aborted", async () => (await world.Client.GetAsync(near.Id)).State == TransactionState.Aborted);
            Assert.True(Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(0.9), "it was aborted before its time");
            Assert.Equal(AbortCode.Timeout, (await world.Client.GetAsync(near.Id)).Reason?.Code);

            await far.EnlistAsync(world.Banks[0].Name);
            await far.CommitAsync();
        }, nothingIsCutShort: true);
    }

    private Deck<Func<Service>> VictimsOf(World world) => new(Dice, () => world.Coordinator, () => Any(world.Banks));

    private Deck<TimeSpan> Offsets() => new(Dice, Hour, TimeSpan.Zero, -Hour);

    private async Task StepAsync(World world, Service victim, Deck<TimeSpan> offsets)
    {
        var to = offsets.Draw();
        while (to == _clocks.OffsetOf(victim.Name))
        {
            to = offsets.Draw();
        }

        await StepAsync(world, victim, to);
    }

    private async Task StepAsync(World world, Service victim, TimeSpan to)
    {
        await _clocks.SetAsync(victim.Name, to);
        if (victim.Process.Exited.IsCompleted)
        {
            await victim.StartAsync();
        }

        await Until.TrueAsync($"the clock of {victim.Name} is {to} off", async () => (await world.ClockOffsetAsync(victim) - to).Duration() < TimeSpan.FromMinutes(1));
        Count($"clock steps of {victim.Name}");
    }
}
