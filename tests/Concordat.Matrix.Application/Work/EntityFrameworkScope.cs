using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Matrix.Application.Work;

/// <summary>A scope over two contexts of EF Core as it comes.</summary>
internal sealed class EntityFrameworkScope(ServiceProvider services, string first, string second) : IStack
{
    private readonly IConcordatClient _concordat = services.GetRequiredService<IConcordatClient>();

    public async Task RunAsync(TimeSpan timeout, Action<TransactionId> begun)
    {
        using var scope = _concordat.CreateScope(new ScopeOptions { Timeout = timeout });
        begun(scope.Id!.Value);
        foreach (var connectionString in (string[])[first, second])
        {
            await using var context = new Context(connectionString);
            (await context.Rows.SingleAsync(row => row.Id == 1)).Value++;
            await context.SaveChangesAsync();
        }

        scope.Complete();
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private sealed class Row
    {
        public int Id { get; init; }

        public int Value { get; set; }
    }

    private sealed class Context(string connectionString) : DbContext
    {
        public DbSet<Row> Rows => Set<Row>();

        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql(connectionString);

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            var rows = modelBuilder.Entity<Row>().ToTable("t");
            rows.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            rows.Property(row => row.Value).HasColumnName("v");
        }
    }
}
