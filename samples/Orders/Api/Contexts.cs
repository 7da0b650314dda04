using Microsoft.EntityFrameworkCore;

namespace Concordat.Samples.Orders.Api;

internal sealed class OrdersContext(DbContextOptions<OrdersContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Order>();
}

internal sealed class BillingContext(DbContextOptions<BillingContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Invoice>()
        .ToTable(table => table.HasCheckConstraint("credit", $"\"Cents\" <= {Invoice.MostCents}"))
        .HasKey(invoice => invoice.OrderId);
}
