using System.Data;
using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Checks;

public sealed class PostgresCheckTests(SharedServers servers)
{
    private static readonly Dialect Dialect = Dialect.Postgres;

    [Fact]
    public async Task A_proper_server_has_no_problems()
    {
        var database = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        Assert.Empty(await CheckAsync(database, database.Name));
        Assert.Empty(await CheckAsync(database, expected: null));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        await using var server = await PostgresServer.StartAsync("max_prepared_transactions=0", "fsync=off");
        var database = await server.CreateDatabaseAsync();
        var problems = await CheckAsync(database, "orders");
        Assert.Equal(["the database", "max_prepared_transactions", "fsync"], problems.Select(problem => problem.What));
        Assert.Equal([$"'{database.Name}'", "0", "off"], problems.Select(problem => problem.Found));
        Assert.StartsWith("max_prepared_transactions is 0: set it in postgresql.conf", problems[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Branches_of_another_user_are_named_to_who_may_not_finish_them()
    {
        var database = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        var role = $"concordat_{Guid.NewGuid():n}";
        await database.ExecuteAsync($"CREATE TABLE t (id int); CREATE ROLE {role}");
        var name = new BranchName(new TransactionId(1, 2, (ulong)Random.Shared.NextInt64((long)TransactionId.MaxCounter)), "orders");
        await using var connection = await database.OpenAsync();
        var branch = await Dialect.BeginAsync(connection, name, IsolationLevel.Unspecified, CancellationToken.None);
        await connection.ExecuteAsync("INSERT INTO t VALUES (1)");
        Assert.IsType<Preparation.Prepared>(await branch.PrepareAsync(CancellationToken.None));

        await connection.ExecuteAsync($"SET SESSION AUTHORIZATION {role}");
        var problem = Assert.Single(await Dialect.CheckAsync(connection, database.Name, CancellationToken.None));
        await connection.ExecuteAsync("RESET SESSION AUTHORIZATION");

        Assert.Equal(("the user", $"'{role}'"), (problem.What, problem.Found));
        Assert.Contains("1 prepared branches are of 'postgres'", problem.Remedy, StringComparison.Ordinal);
        Assert.Empty(await Dialect.CheckAsync(connection, database.Name, CancellationToken.None));
        Assert.Equal(FinishResult.Done, await Dialect.RollbackAsync(connection, name, evidence: null, CancellationToken.None));
        await connection.ExecuteAsync($"DROP ROLE {role}");
    }

    [Fact]
    public async Task Who_may_not_read_the_evidence_is_told_which_function()
    {
        var database = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        var role = $"concordat_{Guid.NewGuid():n}";
        await database.ExecuteAsync($"CREATE ROLE {role}; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync($"SET SESSION AUTHORIZATION {role}");
        var problem = Assert.Single(await Dialect.CheckAsync(connection, database.Name, CancellationToken.None));
        await connection.ExecuteAsync($"RESET SESSION AUTHORIZATION; DROP ROLE {role}");
        Assert.Contains("pg_control_system", problem.Remedy, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<Problem>> CheckAsync(TestDatabase database, string? expected)
    {
        await using var connection = await database.OpenAsync();
        return await Dialect.CheckAsync(connection, expected, CancellationToken.None);
    }
}
