using Microsoft.EntityFrameworkCore;

namespace Concordat.Scopes.Tests;

/// <summary>EF Core contexts as they come.</summary>
public sealed class EntityFrameworkTests(SharedServers servers)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Three_contexts_over_two_databases_commit_together_or_not_at_all(bool complete)
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        using (var scope = two.Client.CreateScope())
        {
            await SaveAsync(two.Orders, 1);
            await SaveAsync(two.Billing, 1);
            await SaveAsync(two.Orders, 2);
            if (complete)
            {
                scope.Complete();
            }
        }

        Assert.Equal(complete ? (2, 1) : (0, 0), await two.CountAsync());
        await two.NothingIsPreparedAsync();
    }

    [Fact]
    public async Task A_context_that_lives_longer_than_its_scopes_is_used_in_each()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        await using var orders = new Context(two.Orders.ConnectionString);
        for (var id = 1; id <= 2; id++)
        {
            using var scope = two.Client.CreateScope();
            orders.Add(new Entry { Id = id });
            await orders.SaveChangesAsync();
            await SaveAsync(two.Billing, id);
            scope.Complete();
        }

        Assert.Equal((2, 2), await two.CountAsync());
    }

    /// <summary>It could only repeat the part that it sees.</summary>
    [Fact]
    public async Task A_retrying_strategy_refuses_to_work_in_a_scope()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        using (two.Client.CreateScope())
        {
            await using var context = new Context(two.Orders.ConnectionString, retries: true);
            context.Add(new Entry { Id = 1 });
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => context.SaveChangesAsync());
            Assert.Contains("does not support user-initiated transactions", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal((0, 0), await two.CountAsync());
    }

    private static async Task SaveAsync(TestDatabase database, int id)
    {
        await using var context = new Context(database.ConnectionString);
        context.Add(new Entry { Id = id });
        await context.SaveChangesAsync();
    }

    private sealed class Entry
    {
        public int Id { get; init; }
    }

    private sealed class Context(string connectionString, bool retries = false) : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => 
            optionsBuilder.UseNpgsql(connectionString, o => _ = retries ? o.EnableRetryOnFailure() : o);

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            var entries = modelBuilder.Entity<Entry>().ToTable("entries");
            entries.Property(entry => entry.Id).HasColumnName("id").ValueGeneratedNever();
        }
    }
}
