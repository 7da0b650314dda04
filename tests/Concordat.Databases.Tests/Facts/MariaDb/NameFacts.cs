namespace Concordat.Databases.Tests.Facts.MariaDb;

public sealed class NameFacts(SharedServers servers) : MariaDbFact(servers)
{
    [Fact]
    public async Task A_name_with_quotes_is_what_it_is_once_they_are_doubled()
    {
        await using var owner = await Database.OpenAsync();
        await PrepareAsync(owner);
        Assert.Contains("''", Xid, StringComparison.Ordinal);
        Assert.True(await IsListedAsync());
        await owner.ExecuteAsync($"XA COMMIT {Xid}");
        Assert.Equal(1, await ValueAsync());
    }

    [Theory]
    [InlineData(64, 64, true)]
    [InlineData(65, 1, false)]
    [InlineData(1, 65, false)]
    public async Task Both_parts_of_a_name_have_at_most_64_bytes(int gtrid, int bqual, bool accepted)
    {
        await using var owner = await Database.OpenAsync();
        var error = await DatabaseError.OfAsync(owner, $"XA START '{Guid.NewGuid().ToString("n").PadRight(gtrid, 'x')[..gtrid]}','{new string('y', bqual)}'");
        Assert.Equal(accepted ? null : "1064", error);
    }

    [Fact]
    public async Task The_parts_are_told_apart_by_their_lengths()
    {
        await using var owner = await Database.OpenAsync();
        var gtrid = Guid.NewGuid().ToString();
        await owner.ExecuteAsync($"XA START '{gtrid}','branch'; UPDATE t SET v = 1 WHERE id = 1; XA END '{gtrid}','branch'; XA PREPARE '{gtrid}','branch'");
        await using var other = await Database.OpenAsync();

        // Once: other tests' branches come and go in the listing.
        var listed = await other.RowsAsync("XA RECOVER");
        Assert.Equal(["1", "36", "6", gtrid + "branch"], Assert.Single(listed, row => row[3] == gtrid + "branch"));
        await owner.ExecuteAsync($"XA ROLLBACK '{gtrid}','branch'");
    }

    [Fact]
    public async Task A_name_that_lives_is_not_given_twice()
    {
        await using var owner = await Database.OpenAsync();
        await using var other = await Database.OpenAsync();
        await PrepareAsync(owner);
        Assert.Equal("1440", await DatabaseError.OfAsync(other, $"XA START {Xid}"));
        await owner.ExecuteAsync($"XA ROLLBACK {Xid}");
    }
}
