using Concordat.Client;
using Concordat.Databases;
using Microsoft.EntityFrameworkCore;

namespace Concordat.Samples.Orders.Api;

/// <summary>With connections that belong to the transaction: nothing blocks, and MariaDB takes part.</summary>
internal static class PlaceInTransaction
{
    public static async Task HandleAsync(OrderRequest request, IConcordatClient concordat, OrdersContext orders, BillingContext billing, CancellationToken cancellationToken)
    {
        // Leaving it without CommitAsync rolls it back, everywhere.
        await using var transaction = await concordat.BeginAsync(new BeginOptions { Name = "order", Timeout = OrdersApi.Timeout }, cancellationToken);

        await UseAsync(orders, transaction, "orders", cancellationToken);
        orders.Add(new Order(request.Id, request.Item, request.Count));
        await orders.SaveChangesAsync(cancellationToken);

        await UseAsync(billing, transaction, "billing", cancellationToken);
        billing.Add(new Invoice(request.Id, request.Cents));
        await billing.SaveChangesAsync(cancellationToken);

        var stock = await transaction.OpenAsync("stock", cancellationToken: cancellationToken);
        await Stock.TakeAsync(stock, request, cancellationToken);

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>From here on the context works on the transaction's connection, and inside of its transaction.</summary>
    private static async Task UseAsync(DbContext context, ConcordatTransaction transaction, string resource, CancellationToken cancellationToken)
    {
        context.Database.SetDbConnection(await transaction.OpenAsync(resource, cancellationToken: cancellationToken));
        await context.Database.UseTransactionAsync(transaction.DbTransactionOn(resource), cancellationToken);
    }
}
