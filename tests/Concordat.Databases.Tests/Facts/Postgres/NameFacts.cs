namespace Concordat.Databases.Tests.Facts.Postgres;

public sealed class NameFacts(SharedServers servers) : PostgresFact(servers)
{
    [Theory]
    [InlineData("it's")]
    [InlineData("\"double\"")]
    [InlineData("back\\slash and % and ? and :colon and $1")]
    [InlineData("naïve ☃")]
    public async Task A_name_is_what_it_is_once_its_quotes_are_doubled(string name)
    {
        name += Guid.NewGuid();
        var quoted = $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync($"BEGIN; UPDATE t SET v = 1 WHERE id = 1; PREPARE TRANSACTION {quoted}");
        Assert.Contains(name, await connection.ColumnAsync("SELECT gid FROM pg_prepared_xacts"));
        await connection.ExecuteAsync($"COMMIT PREPARED {quoted}");
        Assert.Equal(1, await ValueAsync());
    }

    [Fact]
    public async Task A_name_has_less_than_200_bytes()
    {
        await using var connection = await Database.OpenAsync();
        var longest = Guid.NewGuid().ToString().PadRight(199, 'x');
        await connection.ExecuteAsync($"BEGIN; UPDATE t SET v = 1 WHERE id = 1; PREPARE TRANSACTION '{longest}'");
        await connection.ExecuteAsync($"ROLLBACK PREPARED '{longest}'");

        Assert.Equal("22023", await DatabaseError.OfAsync(connection, $"BEGIN; UPDATE t SET v = 1 WHERE id = 1; PREPARE TRANSACTION '{longest}x'"));
        await connection.ExecuteAsync("ROLLBACK");
        var inBytes = new string('ö', 100);
        Assert.Equal("22023", await DatabaseError.OfAsync(connection, $"BEGIN; UPDATE t SET v = 1 WHERE id = 1; PREPARE TRANSACTION '{inBytes}'"));
    }

    [Fact]
    public async Task A_name_is_unique_in_the_whole_server()
    {
        await using var connection = await Database.OpenAsync();
        await PrepareAsync(connection);
        var other = await CreateAsync(Server);
        await using var elsewhere = await other.OpenAsync();
        Assert.Equal("42710", await DatabaseError.OfAsync(() => PrepareAsync(elsewhere)));
        await connection.ExecuteAsync($"ROLLBACK PREPARED {Quoted}");
    }
}
