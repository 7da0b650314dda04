namespace Concordat.Bench.Http;

/// <summary>The request of the benchmark, and the sizes of what the coordinator makes of it (measured on the wire).</summary>
internal static class Bodies
{
    internal const string TransactionPath = "/v1/transactions";

    /// <summary>Answered when the saga has ended.</summary>
    internal const string SagaPath = "/v1/sagas?waitSeconds=30";

    internal const string Saga =
        """{"name":"trip","timeoutSeconds":60,"steps":[{"name":"flight","participant":"a","action":{"path":"/step","body":{"from":"VIE","to":"OSL"}},"compensation":{"path":"/step"}},{"name":"hotel","participant":"b","action":{"path":"/step","body":{"arrival":"10:30"}},"compensation":{"path":"/step"}}]}""";

    internal const string StepBody = """{"from":"VIE","to":"OSL"}""";
    internal const int SagaDocumentBytes = 1300;

    internal const string Transaction =
        """{"name":"transfer","timeoutSeconds":60,"branches":[{"participant":"a","operations":[{"type":"debit","resource":"alice","data":{"amount":100}}]},{"participant":"b","operations":[{"type":"credit","resource":"bob","data":{"amount":100}}]}]}""";

    internal const int PrepareBytes = 404;
    internal const int CommitBytes = 150;
    internal const int DocumentBytes = 836;
}
