namespace Concordat.Bench.Http;

/// <summary>The request of the benchmark, and the sizes of what the coordinator makes of it (measured on the wire).</summary>
internal static class Bodies
{
    internal const string Transaction =
        """{"name":"transfer","timeoutSeconds":60,"branches":[{"participant":"a","operations":[{"type":"debit","resource":"alice","data":{"amount":100}}]},{"participant":"b","operations":[{"type":"credit","resource":"bob","data":{"amount":100}}]}]}""";

    internal const int PrepareBytes = 404;
    internal const int CommitBytes = 150;
    internal const int DocumentBytes = 836;
}
