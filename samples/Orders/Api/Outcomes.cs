using System.Transactions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Concordat.Samples.Orders.Api;

/// <summary>What became of an order, in terms of HTTP.</summary>
internal static class Outcomes
{
    public static async ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            await next(context);
            return TypedResults.Ok();
        }
        catch (Exception e) when (e is SoldOutException or DbUpdateException { InnerException: PostgresException { SqlState: PostgresErrorCodes.CheckViolation } })
        {
            return TypedResults.Problem((e.InnerException ?? e).Message, statusCode: StatusCodes.Status409Conflict, title: "refused, nothing was changed");
        }
        catch (Exception e) when (e is TransactionRolledBackException or TransactionAbortedException or CoordinatorUnreachableException or CoordinatorOverloadedException)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status503ServiceUnavailable, title: "not placed, nothing was changed: try again");
        }
        catch (Exception e) when (e is OutcomeNotKnownException or TransactionInDoubtException)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status504GatewayTimeout, title: "placed or not: look later");
        }
    }
}
