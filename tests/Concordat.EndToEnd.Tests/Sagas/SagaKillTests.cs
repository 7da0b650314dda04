using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests.Sagas;

/// <summary>The coordinator, or each of three services, is killed at every action and every compensation of a saga.</summary>
public sealed class SagaKillTests(SagaWorld world) : SagaKillTest(world), IClassFixture<SagaWorld>
{
    private protected override Task<string[]> EffectsAsync(KillableService service, string saga) => Task.FromResult(service.EffectsInFile(saga));

    [Theory]
    [InlineData(Received, "the call is out and not done: it is made again, and what was on its way comes late")]
    [InlineData(Recorded, "the step is done and its answer is lost with the coordinator: it is asked again and not done again")]
    [InlineData(Answered, "between two steps: it goes on with the next one")]
    public async Task A_saga_whose_coordinator_is_killed_at_every_step_is_completed(string where, string meaning)
    {
        await Sagas.StartAsync();
        var saga = await RunAsync(refused: false, Trip.Actions, where, _ => Sagas.World.Coordinator.RestartAsync());
        await Until.EndsAsync($"the saga ({meaning})", EndsAsync(saga, refused: false));
    }

    [Theory]
    [InlineData(Received, "whether the refused one had happened is not known any more, and it is undone, too")]
    [InlineData(Recorded, "as if the answer had never been")]
    [InlineData(Answered, "between two steps, or before the first compensation")]
    public async Task A_saga_whose_coordinator_is_killed_at_every_step_of_which_the_last_is_refused_is_compensated(string where, string meaning)
    {
        await Sagas.StartAsync();
        var saga = await RunAsync(refused: true, Trip.Actions, where, _ => Sagas.World.Coordinator.RestartAsync());
        await Until.EndsAsync($"the saga ({meaning})", EndsAsync(saga, refused: true));
    }

    [Theory]
    [InlineData(Received, "the call is out and nothing is undone: it is made again")]
    [InlineData(Recorded, "it is undone and the answer lost: it is asked again, and undone once")]
    [InlineData(Answered, "between two compensations, or before the end")]
    public async Task A_saga_whose_coordinator_is_killed_at_every_compensation_is_compensated(string where, string meaning)
    {
        await Sagas.StartAsync();
        var saga = await RunAsync(refused: true, Trip.Compensations, where, _ => Sagas.World.Coordinator.RestartAsync());
        await Until.EndsAsync($"the saga ({meaning})", EndsAsync(saga, refused: true));
    }

    [Theory]
    [InlineData(Received, false)]
    [InlineData(Recorded, false)]
    [InlineData(Received, true)]
    [InlineData(Recorded, true)]
    public async Task Services_that_are_killed_at_their_actions_have_done_all_or_nothing(string where, bool refused)
    {
        await Sagas.StartAsync();
        var saga = await RunAsync(refused, Trip.Actions, where, static service => service.Service.RestartAsync());
        await EndsAsync(saga, refused);
    }

    [Theory]
    [InlineData(Received)]
    [InlineData(Recorded)]
    public async Task Services_that_are_killed_at_their_compensations_have_undone_once(string where)
    {
        await Sagas.StartAsync();
        var saga = await RunAsync(refused: true, Trip.Compensations, where, static service => service.Service.RestartAsync());
        await EndsAsync(saga, refused: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Coordinator_and_service_killed_at_once_at_every_call_lose_nothing(bool refused)
    {
        await Sagas.StartAsync();
        var saga = await RunAsync(refused, refused ? [.. Trip.Actions, .. Trip.Compensations] : Trip.Actions, Recorded, async service =>
        {
            await Task.WhenAll(Sagas.World.Coordinator.KillAsync(), service.Service.KillAsync());
            await Task.WhenAll(Sagas.World.Coordinator.StartAsync(), service.Service.StartAsync());
        });
        await EndsAsync(saga, refused);
    }
}
