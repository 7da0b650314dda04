namespace Concordat.Databases.Tests.Facts.MariaDb;

/// <summary>A row that is written inside of the branch tells afterwards what became of it, and, read uncommitted, whose it is.</summary>
public sealed class MarkerFacts(SharedServers servers) : MariaDbFact(servers)
{
    private const string Uncommitted = "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; SELECT COUNT(*) FROM t WHERE id = 7";
    private const string Committed = "SELECT COUNT(*) FROM t WHERE id = 7";

    [Theory]
    [InlineData("COMMIT", 1)]
    [InlineData("ROLLBACK", 0)]
    public async Task It_is_seen_uncommitted_while_the_branch_is_prepared_and_committed_with_it(string end, int rows)
    {
        await using var server = await MariaDbServer.StartAsync();
        var database = await CreateAsync(server);
        await using (var owner = await database.OpenAsync())
        {
            await owner.ExecuteAsync($"XA START {Xid}; INSERT INTO t VALUES (7, 7)");
            await owner.ExecuteAsync($"XA END {Xid}; XA PREPARE {Xid}");
            Assert.Equal((1, 0), (await database.ScalarAsync<int>(Uncommitted), await database.ScalarAsync<int>(Committed)));
            await server.RestartAsync();
        }

        Assert.Equal((1, 0), (await database.ScalarAsync<int>(Uncommitted), await database.ScalarAsync<int>(Committed)));

        await database.ExecuteAsync($"XA {end} {Xid}");

        Assert.Equal((rows, rows), (await database.ScalarAsync<int>(Uncommitted), await database.ScalarAsync<int>(Committed)));
    }
}
