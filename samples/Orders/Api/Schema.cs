using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace Concordat.Samples.Orders.Api;

/// <summary>
/// The tables, made before the API runs and not when it starts: a migration waits for the locks of what is prepared, and what a killed process left
/// prepared is finished by the next one, which has to be up for that.
/// </summary>
internal static class Schema
{
    private const string OfStock =
        """
        CREATE TABLE IF NOT EXISTS stock (item VARCHAR(50) PRIMARY KEY, available INT NOT NULL CHECK (available >= 0));
        CREATE TABLE IF NOT EXISTS reservations (order_id CHAR(36) PRIMARY KEY, item VARCHAR(50) NOT NULL, number INT NOT NULL);
        INSERT INTO stock VALUES ('apple', 1000), ('pear', 0) ON DUPLICATE KEY UPDATE available = VALUES(available);
        """;

    public static async Task CreateAsync(DbDataSource orders, DbDataSource billing, DbDataSource stock)
    {
        await using var ordersContext = new OrdersContext(new DbContextOptionsBuilder<OrdersContext>().UseNpgsql(orders).Options);
        await ordersContext.Database.EnsureCreatedAsync();
        await using var billingContext = new BillingContext(new DbContextOptionsBuilder<BillingContext>().UseNpgsql(billing).Options);
        await billingContext.Database.EnsureCreatedAsync();
        await using var command = stock.CreateCommand(OfStock);
        await command.ExecuteNonQueryAsync();
    }
}
