using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.MySql;

namespace Concordat.Databases.Tests.Checks;

public sealed class MySqlCheckTests(SharedServers servers)
{
    private static readonly Dialect Dialect = Dialect.MySql;

    [Fact]
    public async Task A_proper_server_has_no_problems_and_afterwards_the_marker_table()
    {
        var database = await (await servers.MariaDbAsync()).CreateDatabaseAsync();
        Assert.Empty(await CheckAsync(database, database.Name));
        Assert.Empty(await CheckAsync(database, expected: null));
        Assert.Equal(0, await database.ScalarAsync<int>("SELECT COUNT(*) FROM concordat_branches"));
    }

    [Fact]
    public async Task A_server_that_may_lose_what_it_promised_is_refused()
    {
        await using var server = await MariaDbServer.StartAsync("innodb-flush-log-at-trx-commit=2");
        var database = await server.CreateDatabaseAsync();
        var problems = await CheckAsync(database, "orders");
        Assert.Equal(["the database", "innodb_flush_log_at_trx_commit"], problems.Select(problem => problem.What));
        Assert.Equal([$"'{database.Name}'", "2"], problems.Select(problem => problem.Found));

        // And nothing was made in what is the wrong database.
        await using var connection = await database.OpenAsync();
        Assert.Empty(await connection.ColumnAsync("SHOW TABLES"));
    }

    [Fact]
    public async Task A_connection_without_a_database_is_refused()
    {
        var server = await servers.MariaDbAsync();
        await using var source = server.DataSource();
        await using var connection = await source.OpenConnectionAsync();
        Assert.Equal("the database is not named", Assert.Single(await Dialect.CheckAsync(connection, null, CancellationToken.None)).ToString().Split(':')[0]);
    }

    [Fact]
    public async Task Who_may_not_make_the_marker_table_is_told_what_to_grant_and_needs_less_once_it_is_there()
    {
        var database = await (await servers.MariaDbAsync()).CreateDatabaseAsync();
        var user = $"u{Guid.NewGuid():n}"[..16];
        await database.ExecuteAsync($"CREATE USER {user}@'%' IDENTIFIED BY 'x'; CREATE TABLE t (id int); GRANT SELECT ON `{database.Name}`.t TO {user}@'%'");
        var builder = new DbConnectionStringBuilder { ConnectionString = database.ConnectionString, ["User ID"] = user, ["Password"] = "x" };
        await using var source = global::MySql.Data.MySqlClient.MySqlClientFactory.Instance.CreateDataSource(builder.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();

        var problem = Assert.Single(await Dialect.CheckAsync(connection, database.Name, CancellationToken.None));
        Assert.Equal($"the marker table concordat_branches in '{database.Name}'", problem.What);
        Assert.Contains("CREATE TABLE IF NOT EXISTS concordat_branches", problem.Remedy, StringComparison.Ordinal);

        Assert.Empty(await CheckAsync(database, database.Name));
        await database.ExecuteAsync($"GRANT SELECT, INSERT, DELETE ON `{database.Name}`.concordat_branches TO {user}@'%'");
        Assert.Empty(await Dialect.CheckAsync(connection, database.Name, CancellationToken.None));
        await database.ExecuteAsync($"DROP USER {user}@'%'");
    }

    [Theory]
    [InlineData("10.11.19-MariaDB-0+deb12u1", null)]
    [InlineData("10.5.0-MariaDB", null)]
    [InlineData("5.5.5-10.6.12-MariaDB-log", null)]
    [InlineData("11.4.2-MariaDB", null)]
    [InlineData("10.4.32-MariaDB", "the version of MariaDB")]
    [InlineData("5.5.5-10.3.39-MariaDB", "the version of MariaDB")]
    [InlineData("8.0.36", null)]
    [InlineData("8.4.0-commercial", null)]
    [InlineData("5.7.44-log", "the version of MySQL")]
    [InlineData("something", "the version of MySQL")]
    public void Versions_that_lose_prepared_branches_are_refused(string version, string? problem) =>
        Assert.Equal(problem, MySqlChecks.VersionProblem(version)?.What);

    private static async Task<IReadOnlyList<Problem>> CheckAsync(TestDatabase database, string? expected)
    {
        await using var connection = await database.OpenAsync();
        return await Dialect.CheckAsync(connection, expected, CancellationToken.None);
    }
}
