namespace Concordat.Databases.Tests.Facts.MariaDb;

/// <summary>How MySql.Data does what the facts need.</summary>
public sealed class DriverFacts(SharedServers servers) : MariaDbFact(servers)
{
    [Fact]
    public async Task Several_statements_go_in_one_text_and_not_in_a_batch()
    {
        await using var connection = await Database.OpenAsync();
        Assert.Equal(1, await connection.ScalarAsync<int>("SELECT 1; SELECT 2"));
        Assert.False(connection.CanCreateBatch);
    }
}
