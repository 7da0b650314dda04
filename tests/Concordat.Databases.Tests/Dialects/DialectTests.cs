using System.Data;
using System.Data.Common;
using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Dialects;

/// <summary>
/// What holds on every database: a contract that each of them inherits. The database has a table <c>t(id, v)</c> with the rows 1 and 2, both 0;
/// a branch adds 1 to the first.
/// </summary>
public abstract partial class DialectTests : IAsyncLifetime
{
    private static long s_counter;

    private protected abstract Dialect Dialect { get; }

    private protected TestDatabase Database { get; private set; } = null!;

    private protected static CancellationToken None => CancellationToken.None;

    /// <summary>A name that nobody else has.</summary>
    private protected static BranchName NewName(string branch = "orders") =>
        new(new TransactionId((ulong)Random.Shared.NextInt64((long)TransactionId.MaxCoordinator), 7, (ulong)Interlocked.Increment(ref s_counter)), branch);

    private protected abstract Task<DatabaseServer> SharedServerAsync();

    private protected abstract Task<DatabaseServer> NewServerAsync();

    /// <summary>The id by which <see cref="EndSessionAsync"/> knows the session.</summary>
    private protected abstract Task<long> SessionIdAsync(DbConnection connection);

    /// <summary>Ends a session from outside, as the server does when it notices a cut cable. Returns when it is gone.</summary>
    private protected abstract Task EndSessionAsync(DbConnection administration, long session);

    public async ValueTask InitializeAsync() => Database = await CreateDatabaseAsync(await SharedServerAsync());

    private protected async Task<TestDatabase> CreateDatabaseAsync(DatabaseServer server)
    {
        var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0)");
        await using var connection = await database.OpenAsync();
        Assert.Empty(await Dialect.CheckAsync(connection, database.Name, None));
        return database;
    }

    private protected async Task<Branch> BeginAndWriteAsync(DbConnection connection, BranchName name, int row = 1)
    {
        var branch = await Dialect.BeginAsync(connection, name, IsolationLevel.ReadCommitted, None);
        await connection.ExecuteAsync($"UPDATE t SET v = v + 1 WHERE id = {row}");
        return branch;
    }

    /// <returns>The evidence.</returns>
    private protected static async Task<string> OfferAsync(Branch branch) => Assert.IsType<OnePhaseOffer.Ready>(await branch.OfferOnePhaseAsync(None)).Evidence;

    /// <returns>The evidence.</returns>
    private protected async Task<string> PrepareAsync(DbConnection connection, BranchName name, int row = 1)
    {
        var branch = await BeginAndWriteAsync(connection, name, row);
        return Assert.IsType<Preparation.Prepared>(await branch.PrepareAsync(None)).Evidence;
    }

    /// <summary>Prepared, and its session closed.</summary>
    private protected async Task<string> PrepareAndLeaveAsync(BranchName name, TestDatabase? database = null, int row = 1)
    {
        database ??= Database;
        string evidence;
        long session;
        await using (var connection = await database.OpenAsync())
        {
            session = await SessionIdAsync(connection);
            evidence = await PrepareAsync(connection, name, row);
        }

        await using var administration = await database.OpenAsync();
        await EndSessionAsync(administration, session);
        return evidence;
    }

    private protected async Task<PreparedBranch?> ListedAsync(BranchName name, TestDatabase? database = null)
    {
        await using var connection = await (database ?? Database).OpenAsync();
        return (await Dialect.ListAsync(connection, withLocks: true, None)).SingleOrDefault(branch => branch.Name == name);
    }

    private protected async Task<BranchFate> FateAsync(BranchName name, string? evidence, TestDatabase? database = null)
    {
        await using var connection = await (database ?? Database).OpenAsync();
        return await Dialect.FateAsync(connection, name, evidence, None);
    }

    private protected async Task<FinishResult> FinishAsync(bool commit, BranchName name, string? evidence, TestDatabase? database = null)
    {
        await using var connection = await (database ?? Database).OpenAsync();
        return await FinishAsync(connection, commit, name, evidence);
    }

    private protected Task<FinishResult> FinishAsync(DbConnection connection, bool commit, BranchName name, string? evidence) =>
        commit ? Dialect.CommitAsync(connection, name, evidence, None) : Dialect.RollbackAsync(connection, name, evidence, None);

    private protected Task<int> ValueAsync(int row = 1) => Database.ScalarAsync<int>($"SELECT v FROM t WHERE id = {row}");

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Database is not null)
        {
            await Database.Source.DisposeAsync();
        }
    }
}
