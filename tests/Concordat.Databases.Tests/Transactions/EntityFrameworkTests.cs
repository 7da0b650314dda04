using System.Data.Common;
using Concordat.Client;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Concordat.Databases.Tests.Transactions;

/// <summary>EF Core contexts on the connections of a transaction.</summary>
public sealed class EntityFrameworkTests(SharedServers servers)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Contexts_on_two_databases_commit_together_or_not_at_all(bool commit)
    {
        await using var rig = await StartAsync();
        await using (var transaction = await rig.Client.BeginAsync())
        {
            foreach (var name in (string[])["orders", "billing"])
            {
                await using var context = await ContextAsync(transaction, name);
                context.Add(new Row { Id = 2 });
                await context.SaveChangesAsync();
                context.Add(new Row { Id = 3 });
                await context.SaveChangesAsync();
            }

            if (commit)
            {
                await transaction.CommitAsync();
            }
        }

        Assert.Equal(commit ? (3, 3) : (1, 1), await CountAsync(rig));
        Assert.Equal(0, await rig.PreparedAsync());
    }

    /// <summary>Such as one that is injected, and was made for a data source.</summary>
    [Fact]
    public async Task A_context_of_its_own_connections_is_put_on_those_of_one_transaction_after_another()
    {
        await using var rig = await StartAsync();
        await using var source = NpgsqlDataSource.Create(rig["orders"].ConnectionString);
        await using var context = new Context(new DbContextOptionsBuilder<Context>().UseNpgsql(source).Options);
        for (var id = 2; id <= 3; id++)
        {
            await using var transaction = await rig.Client.BeginAsync();
            await context.Database.UseTransactionAsync(null);
            context.Database.SetDbConnection(await transaction.OpenAsync("orders"));
            await context.Database.UseTransactionAsync(transaction.DbTransactionOn("orders"));
            context.Add(new Row { Id = id });
            await context.SaveChangesAsync();
            await transaction.CommitAsync();
        }

        Assert.Equal((3, 1), await CountAsync(rig));
    }

    /// <summary>EF Core puts a savepoint before every SaveChanges in a transaction that is not its own.</summary>
    [Fact]
    public async Task A_SaveChanges_that_failed_and_was_swallowed_is_undone_alone()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync();
        await using var context = await ContextAsync(transaction, "orders");
        context.Add(new Row { Id = 2 });
        await context.SaveChangesAsync();
        context.AddRange(new Row { Id = 3 }, new Row { Id = 4, Value = -1 });
        Assert.Equal(PostgresErrorCodes.CheckViolation, CodeOf(await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync())));
        await transaction.CommitAsync();
        Assert.Equal((2, 1), await CountAsync(rig));
    }

    [Fact]
    public async Task Without_its_savepoints_the_transaction_can_only_be_rolled_back_and_says_so()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync();
        await using var context = await ContextAsync(transaction, "orders");
        context.Database.AutoSavepointsEnabled = false;
        context.Add(new Row { Id = 2, Value = -1 });
        await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
        var refused = await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync());
        Assert.Equal(PostgresErrorCodes.InFailedSqlTransaction, Assert.IsType<BranchNotPreparedException>(refused.InnerException).Code);
        Assert.Equal((1, 1), await CountAsync(rig));
    }

    /// <summary>It could only repeat the part that it sees.</summary>
    [Fact]
    public async Task A_retrying_strategy_refuses_to_work_in_a_transaction_and_nothing_happens()
    {
        await using var rig = await StartAsync();
        await using (var transaction = await rig.Client.BeginAsync())
        {
            await using var context = await ContextAsync(transaction, "orders", retries: true);
            context.Add(new Row { Id = 2 });
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => context.SaveChangesAsync());
            Assert.Contains("does not support user-initiated transactions", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal((1, 1), await CountAsync(rig));
    }

    [Fact]
    public async Task A_retrying_strategy_repeats_a_whole_transaction_that_it_was_given()
    {
        await using var rig = await StartAsync();
        await using var outside = new Context(new DbContextOptionsBuilder<Context>().UseNpgsql(rig["orders"].ConnectionString, o => o.EnableRetryOnFailure()).Options);
        var attempts = 0;
        await outside.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await rig.Client.BeginAsync();
            await using var context = await ContextAsync(transaction, "orders", retries: true);
            context.Add(new Row { Id = 2 });
            await context.SaveChangesAsync();
            if (++attempts == 1)
            {
                await (await transaction.OpenAsync("orders")).ExecuteAsync("SELECT pg_terminate_backend(pg_backend_pid())");
            }

            await transaction.CommitAsync();
        });
        Assert.Equal((2, (2, 1)), (attempts, await CountAsync(rig)));
    }

    private async Task<TransactionRig> StartAsync()
    {
        var rig = await TransactionRig.StartAsync(servers, sweeping: false);
        await rig.RegisterAsync();
        return rig;
    }

    private static async Task<Context> ContextAsync(ConcordatTransaction transaction, string resource, bool retries = false)
    {
        var connection = await transaction.OpenAsync(resource);
        var context = new Context(new DbContextOptionsBuilder<Context>().UseNpgsql(connection, o => _ = retries ? o.EnableRetryOnFailure() : o).Options);
        await context.Database.UseTransactionAsync(transaction.DbTransactionOn(resource));
        return context;
    }

    private static async Task<(int Orders, int Billing)> CountAsync(TransactionRig rig) =>
        (await rig["orders"].ScalarAsync<int>("SELECT count(*) FROM t"), await rig["billing"].ScalarAsync<int>("SELECT count(*) FROM t"));

    private static string? CodeOf(DbUpdateException error) => ((DbException)error.InnerException!).SqlState;

    private sealed class Row
    {
        public int Id { get; init; }

        public int Value { get; init; }
    }

    private sealed class Context(DbContextOptions<Context> options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            var rows = modelBuilder.Entity<Row>().ToTable("t");
            rows.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            rows.Property(row => row.Value).HasColumnName("v");
        }
    }
}
