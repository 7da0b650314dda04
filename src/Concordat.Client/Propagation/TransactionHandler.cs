using Transaction = System.Transactions.Transaction;

namespace Concordat.Client;

/// <summary>
/// Puts the transaction's id into requests to services that take part: that of the scope around the call, else <see cref="ConcordatTransaction.Current"/>.
/// A header that the caller has set stays as it is.
/// </summary>
internal sealed class TransactionHandler : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        AddHeader(request);
        return base.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        AddHeader(request);
        return base.Send(request, cancellationToken);
    }

    private static void AddHeader(HttpRequestMessage request)
    {
        if (!request.Headers.Contains(ConcordatHeaders.Transaction) && (OfScope() ?? ConcordatTransaction.Current?.Share()) is { } id)
        {
            request.Headers.Add(ConcordatHeaders.Transaction, id.ToString());
        }
    }

    private static TransactionId? OfScope() =>
        Transaction.Current is { } scope && scope.PromoterType == ScopePromoter.Type
            && TransactionId.TryParse(scope.TransactionInformation.DistributedIdentifier.ToString("D"), out var id)
            ? id
            : null;
}
