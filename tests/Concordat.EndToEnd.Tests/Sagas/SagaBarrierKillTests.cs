using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests.Sagas;

/// <summary>The same with services behind the SDK's barrier on PostgreSQL: what they knew is in the database when they are back.</summary>
public sealed class SagaBarrierKillTests(SagaWorld world, BarrierDatabase database) : SagaKillTest(world), IClassFixture<SagaWorld>, IClassFixture<BarrierDatabase>
{
    private protected override Task<string[]> EffectsAsync(KillableService service, string saga) => database.EffectsAsync(service.Name, saga);

    [Theory]
    [InlineData(Received, false)]
    [InlineData(Recorded, false)]
    [InlineData(Received, true)]
    [InlineData(Recorded, true)]
    public async Task Services_behind_barriers_that_are_killed_at_their_actions_have_done_all_or_nothing(string where, bool refused)
    {
        await Sagas.StartAsync(await database.ConnectionStringAsync());
        var saga = await RunAsync(refused, Trip.Actions, where, static service => service.Service.RestartAsync());
        await EndsAsync(saga, refused);
    }

    [Theory]
    [InlineData(Received)]
    [InlineData(Recorded)]
    public async Task Services_behind_barriers_that_are_killed_at_their_compensations_have_undone_once(string where)
    {
        await Sagas.StartAsync(await database.ConnectionStringAsync());
        var saga = await RunAsync(refused: true, Trip.Compensations, where, static service => service.Service.RestartAsync());
        await EndsAsync(saga, refused: true);
    }

    [Fact]
    public async Task A_coordinator_that_is_killed_at_every_call_meets_barriers_that_know_what_was_done()
    {
        await Sagas.StartAsync(await database.ConnectionStringAsync());
        var saga = await RunAsync(refused: true, [.. Trip.Actions, .. Trip.Compensations], Recorded, _ => Sagas.World.Coordinator.RestartAsync());
        await EndsAsync(saga, refused: true);
    }
}

/// <summary>One database for the three services, each of which has rows of its own, since a saga's steps have names of their own.</summary>
public sealed class BarrierDatabase(SharedServers servers)
{
    private TestDatabase? _database;

    internal async Task<string> ConnectionStringAsync()
    {
        if (_database is null)
        {
            _database = await (await servers.PostgresAsync()).CreateDatabaseAsync();
            await _database.ExecuteAsync("CREATE TABLE effects (id serial PRIMARY KEY, saga text NOT NULL, service text NOT NULL, what text NOT NULL)");
        }

        return _database.ConnectionString;
    }

    internal async Task<string[]> EffectsAsync(string service, string saga)
    {
        await using var connection = await _database!.OpenAsync();
        return [.. await connection.ColumnAsync($"SELECT what FROM effects WHERE saga = '{saga}' AND service = '{service}' ORDER BY id")];
    }
}
