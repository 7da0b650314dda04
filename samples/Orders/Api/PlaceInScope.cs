using Concordat.Client;

namespace Concordat.Samples.Orders.Api;

/// <summary>
/// With a <c>TransactionScope</c>: code that uses one stays as it is. MariaDB is not in it, since MySql.Data cannot prepare in a scope, and so
/// could not keep a promise: what it did would be committed by itself.
/// </summary>
internal static class PlaceInScope
{
    public static async Task HandleAsync(OrderRequest request, IConcordatClient concordat, OrdersContext orders, BillingContext billing, CancellationToken cancellationToken)
    {
        // Instead of new TransactionScope(…). The databases of this scope are named, since the client has one more.
        using var scope = concordat.CreateScope(new ScopeOptions { Name = "order", Timeout = OrdersApi.Timeout, Resources = ["orders", "billing"] }, cancellationToken);

        orders.Add(new Order(request.Id, request.Item, request.Count));
        await orders.SaveChangesAsync(cancellationToken);
        billing.Add(new Invoice(request.Id, request.Cents));
        await billing.SaveChangesAsync(cancellationToken);

        scope.Complete();
    }
}
