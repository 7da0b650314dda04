using System.Data;
using System.Diagnostics;
using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Dialects;

/// <summary>A database in which ten thousand branches were left is looked at, and cleared, in seconds.</summary>
public sealed class ManyBranchesTests
{
    private const int Branches = 10_000;

    /// <summary>Not a benchmark: a join that is planned badly takes minutes here.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task PostgreSQL_lists_ten_thousand_branches_with_their_locks()
    {
        await using var server = await PostgresServer.StartAsync($"max_prepared_transactions={Branches + 10}");
        var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (id int)");
        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync("SET synchronous_commit = off");
        var names = Enumerable.Range(0, Branches).Select(i => new BranchName(new TransactionId(1, 2, (ulong)i), "orders")).ToArray();
        foreach (var some in names.Chunk(500))
        {
            await connection.ExecuteAsync(string.Join(';', some.Select(name => $"BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION '{name}'")));
        }

        var since = Stopwatch.GetTimestamp();
        var listed = await Dialect.Postgres.ListAsync(connection, withLocks: true, CancellationToken.None);
        var listing = Stopwatch.GetElapsedTime(since);

        Assert.Equal(names, listed.Select(branch => branch.Name!.Value).OrderBy(name => name.Transaction));
        Assert.All(listed, branch => Assert.Equal(["t"], branch.LockedTables));
        Assert.True(listing < Limit, $"the list took {listing}");
        TestContext.Current.TestOutputHelper?.WriteLine($"listed {Branches} branches in {listing.TotalSeconds:0.00} s");

        foreach (var name in names[..100])
        {
            Assert.Equal(FinishResult.Done, await Dialect.Postgres.RollbackAsync(connection, name, evidence: null, CancellationToken.None));
        }
    }

    [Fact]
    public async Task MariaDB_lists_its_branches_among_many_markers()
    {
        const int Few = 200;
        await using var server = await MariaDbServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await using var connection = await database.OpenAsync();
        Assert.Empty(await Dialect.MySql.CheckAsync(connection, database.Name, CancellationToken.None));
        await connection.ExecuteAsync("INSERT INTO concordat_branches (transaction_id, branch_id, owner) SELECT UUID(), seq, '' FROM seq_1_to_100000");
        var owners = new List<System.Data.Common.DbConnection>();
        for (var i = 0; i < Few; i++)
        {
            var owner = await database.OpenAsync();
            owners.Add(owner);
            var branch = await Dialect.MySql.BeginAsync(owner, new BranchName(new TransactionId(1, 2, (ulong)i), "orders"), IsolationLevel.Unspecified, CancellationToken.None);
            Assert.IsType<Preparation.Prepared>(await branch.PrepareAsync(CancellationToken.None));
        }

        var since = Stopwatch.GetTimestamp();
        var listed = await Dialect.MySql.ListAsync(connection, withLocks: true, CancellationToken.None);
        var listing = Stopwatch.GetElapsedTime(since);

        Assert.Equal(Few, listed.Count(branch => branch.IsOfThisDatabase));
        Assert.True(listing < Limit, $"the list took {listing}");
        foreach (var name in listed.Select(branch => branch.Name!.Value))
        {
            Assert.Equal(FinishResult.Done, await Dialect.MySql.CommitAsync(connection, name, evidence: null, CancellationToken.None));
        }

        foreach (var owner in owners)
        {
            await owner.DisposeAsync();
        }
    }
}
