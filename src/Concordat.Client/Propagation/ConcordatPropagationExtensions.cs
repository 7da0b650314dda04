using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client;

/// <summary>Transactions that pass from service to service over HTTP (docs/databases.md, Over several services).</summary>
public static class ConcordatPropagationExtensions
{
    /// <summary>Requests of this client carry the transaction along that is current where they are made. Only to services of yours that take part.</summary>
    public static IHttpClientBuilder AddConcordatTransaction(this IHttpClientBuilder builder) => builder.AddHttpMessageHandler(static () => new TransactionHandler());

    /// <summary>
    /// Requests that carry a transaction take part in it: their handlers get it as a parameter of type <see cref="ConcordatTransaction"/>, or as
    /// <see cref="ConcordatTransaction.Current"/>, and what they do on its connections is voted for before they answer. Put it behind what handles exceptions.
    /// </summary>
    public static IApplicationBuilder UseConcordatTransactions(this IApplicationBuilder app) => app.UseMiddleware<TransactionMiddleware>();
}
