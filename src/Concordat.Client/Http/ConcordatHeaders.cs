namespace Concordat.Client;

/// <summary>The HTTP headers of the contract.</summary>
public static class ConcordatHeaders
{
    /// <summary>Carries a transaction's id from service to service.</summary>
    public const string Transaction = "Concordat-Transaction";

    /// <summary>1 to 255 visible ASCII characters that make a request repeatable.</summary>
    public const string IdempotencyKey = "Idempotency-Key";
}
