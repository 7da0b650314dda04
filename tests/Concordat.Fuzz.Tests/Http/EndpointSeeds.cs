using Concordat.Fuzz.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Fuzz.Tests.Http;

/// <summary>What seeds are made of: ids of transactions in the states that calls are about, and of a saga that goes on.</summary>
internal sealed record SeedIds(string Active, string Ended, string Hazard, string Saga)
{
    public string Cursor { get; init; } = "";
}

/// <summary>Valid requests of every endpoint: what mutations begin with. An endpoint without one fails the run.</summary>
internal static class EndpointSeeds
{
    private const string Branches = """
        [{"participant": "good-a", "branchId": "left", "operations": [{"type": "debit", "resource": "alice", "data": {"amount": 100, "note": "d\u00e9j\u00e0 vu"}}]},
         {"participant": "good-b", "operations": [{"type": "credit", "resource": "bob", "data": [1, 2.5, null, true, "x"]}, {"type": "touch"}]}]
        """;

    private const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    public static IReadOnlyDictionary<string, Func<SeedIds, RequestShape[]>> All { get; } = new Dictionary<string, Func<SeedIds, RequestShape[]>>(StringComparer.Ordinal)
    {
        ["POST /v1/transactions"] = _ =>
        [
            new RequestShape("POST", "/v1/transactions", $$$"""{"name": "transfer", "timeoutSeconds": 60, "labels": {"order": "42", "of": "fuzz"}, "branches": {{{Branches}}}}""")
                .With("traceparent", Trace).With("Accept", "application/json"),
            new RequestShape("POST", "/v1/transactions", $$$"""{"branches": {{{Branches}}}}""").With("Prefer", "return=minimal, respond-async").With("Idempotency-Key", "a-key"),
            new RequestShape("POST", "/v1/transactions", """{"name": "open:x/y", "timeoutSeconds": 80000, "labels": {"a": "1"}}""").With("Idempotency-Key", "\"another\""),
        ],
        ["POST /v1/sagas"] = _ =>
        [
            new RequestShape("POST", "/v1/sagas", $$$"""
                {"name": "trip", "timeoutSeconds": 600, "labels": {"of": "fuzz"}, "steps": [
                  {"name": "flight", "participant": "good-a", "action": {"path": "/book", "body": {"from": "VIE", "n": [1, 2.50]}},
                   "compensation": {"path": "/cancel", "body": {"id": {"$result": "flight", "path": "/id", "default": null} } }, "retry": {"attempts": 2, "initialSeconds": 0.01, "maxSeconds": 0.02} },
                  {"name": "pay", "branches": {{{Branches}}}, "after": [], "compensation": {"participant": "good-b", "path": "/undo"}, "callTimeoutSeconds": 2},
                  {"name": "both", "participant": "good-b", "action": {"path": "/do", "body": {"$result": "flight"} }, "after": ["flight", "pay"]}]}
                """).With("traceparent", Trace).With("Idempotency-Key", "a-saga"),
            new RequestShape("POST", "/v1/sagas", """{"steps": [{"name": "a", "participant": "good-a", "action": {"path": "/do"}}]}""").Asking("waitSeconds=0.2"),
        ],
        ["GET /v1/sagas"] = ids => [new RequestShape("GET", "/v1/sagas").Asking("state=running", "name=trip", "participant=good-a", "label.of=fuzz", "olderThanSeconds=0.5", "limit=2", $"cursor={ids.Cursor}")],
        ["GET /v1/sagas/{id}"] = ids => [new RequestShape("GET", $"/v1/sagas/{ids.Saga}"), new RequestShape("GET", $"/v1/sagas/{ids.Saga}").Asking("waitSeconds=0.2")],
        ["POST /v1/sagas/{id}/cancel"] = ids => [new RequestShape("POST", $"/v1/sagas/{ids.Saga}/cancel")],
        ["POST /v1/sagas/{id}/resume"] = ids => [new RequestShape("POST", $"/v1/sagas/{ids.Saga}/resume", "{}")],
        ["POST /v1/sagas/{id}/steps/{step}/retry"] = ids => [new RequestShape("POST", $"/v1/sagas/{ids.Saga}/steps/flight/retry")],
        ["POST /v1/sagas/{id}/steps/{step}/resolve"] = ids => [new RequestShape("POST", $"/v1/sagas/{ids.Saga}/steps/flight/resolve", """{"who": "Ada", "why": "by phone"}""")],
        ["POST /v1/transactions/begins"] = _ =>
            [new RequestShape("POST", "/v1/transactions/begins", $$"""{"transactions": [{"name": "open:x/y", "timeoutSeconds": 80000, "labels": {"a": "1"}, "traceparent": "{{Trace}}"}, {}, {"timeoutSeconds": 0}]}""")],
        ["POST /v1/transactions/commits"] = ids =>
        [
            new RequestShape("POST", "/v1/transactions/commits", $$"""{"commits": [{"id": "{{ids.Active}}", "branches": [{"participant": "database", "branchId": "v", "vote": "readOnly", "reason": null, "evidence": null}]}, {"id": "{{ids.Ended}}"}]}"""),
        ],
        ["GET /v1/transactions"] = ids =>
        [
            new RequestShape("GET", "/v1/transactions").Asking("state=committed", "outcome=committed", "name=run", "participant=good-a", "label.of=fuzz", "olderThanSeconds=0.5", "limit=2", $"cursor={ids.Cursor}"),
            new RequestShape("GET", "/v1/transactions").Asking("limit=1"),
        ],
        ["GET /v1/transactions/{id}"] = ids =>
        [
            new RequestShape("GET", $"/v1/transactions/{ids.Active}").With("Last-Event-ID", "17"),
            new RequestShape("GET", $"/v1/transactions/{ids.Ended}").Asking("waitSeconds=0.5"),
        ],
        ["POST /v1/transactions/{id}/branches"] = ids =>
            [new RequestShape("POST", $"/v1/transactions/{ids.Active}/branches", """{"participant": "good-a", "operations": [{"type": "debit", "data": {"amount": 1}}], "branchId": "b.1"}""").With("Concordat-Transaction", ids.Active)],
        ["POST /v1/transactions/{id}/commit"] = ids => [new RequestShape("POST", $"/v1/transactions/{ids.Active}/commit"), new RequestShape("POST", $"/v1/transactions/{ids.Ended}/commit", "{}"),

            // Not yes: nobody would ever report what became of it.
            new RequestShape("POST", $"/v1/transactions/{ids.Active}/commit", """{"branches": [{"participant": "database", "branchId": "v", "vote": "readOnly", "reason": null, "evidence": null}]}"""),

            // Of a resource that is not there: what began in one phase would stay undecided.
            new RequestShape("POST", $"/v1/transactions/{ids.Active}/commit", """{"branches": [{"participant": "no-database", "branchId": "v", "onePhase": true, "evidence": "xid 7"}]}""")],
        ["POST /v1/transactions/{id}/locks"] = ids =>
        [
            new RequestShape("POST", $"/v1/transactions/{ids.Active}/locks", """{"key": "account/alice", "mode": "exclusive", "waitSeconds": 0.2}"""),
            new RequestShape("POST", $"/v1/transactions/{ids.Active}/locks", """{"locks": [{"key": "b", "mode": "shared"}, {"key": "a:1", "mode": "exclusive"}], "waitSeconds": 0}"""),
        ],
        ["GET /v1/locks"] = ids =>
        [
            new RequestShape("GET", "/v1/locks").Asking("key=account/alice", "limit=2", "cursor=1"),
            new RequestShape("GET", "/v1/locks").Asking($"transaction={ids.Active}", "waiting=true"),
        ],
        ["POST /v1/transactions/{id}/rollback"] = ids => [new RequestShape("POST", $"/v1/transactions/{ids.Active}/rollback"), new RequestShape("POST", $"/v1/transactions/{ids.Ended}/rollback", "{}")],
        ["GET /v1/transactions/{id}/outcome"] = ids => [new RequestShape("GET", $"/v1/transactions/{ids.Ended}/outcome").Asking("branch=1", "waitSeconds=0.5")],
        ["POST /v1/transactions/{id}/branches/{branch}/resolve"] = ids =>
            [new RequestShape("POST", $"/v1/transactions/{ids.Hazard}/branches/2/resolve", """{"as": "rolled-back", "who": "Ada", "why": "the bank said so by phone"}""")],
        ["GET /v1/participants"] = _ => [new RequestShape("GET", "/v1/participants")],
        ["GET /v1/participants/{name}"] = _ => [new RequestShape("GET", "/v1/participants/good-a")],
        ["PUT /v1/participants/{name}"] = _ => [new RequestShape("PUT", "/v1/participants/other", """{"url": "http://127.0.0.1:9/x", "onePhase": false, "inquires": true}""")],
        ["DELETE /v1/participants/{name}"] = _ => [new RequestShape("DELETE", "/v1/participants/other")],
        ["GET /v1/resources"] = _ => [new RequestShape("GET", "/v1/resources")],
        ["GET /v1/resources/{name}"] = _ => [new RequestShape("GET", "/v1/resources/database")],
        ["PUT /v1/resources/{name}"] = _ => [new RequestShape("PUT", "/v1/resources/other-database", """{"identity": "postgresql:7301234567890/16384"}""")],
        ["DELETE /v1/resources/{name}"] = _ => [new RequestShape("DELETE", "/v1/resources/other-database")],
        ["POST /v1/resources/{name}/sweeps"] = _ => [new RequestShape("POST", "/v1/resources/database/sweeps", """{"identity": "fuzz:database"}""")],
        ["POST /v1/resources/{name}/sweeps/{ticket}"] = ids =>
            [new RequestShape("POST", "/v1/resources/database/sweeps/1.1", $$"""{"prepared": ["{{ids.Active}}/1", "{{ids.Ended}}/4711", "somebody's", ""]}""")],
        ["GET /v1/resources/{name}/prepared"] = _ => [new RequestShape("GET", "/v1/resources/database/prepared")],
        ["POST /v1/resources/{name}/prepared"] = ids =>
            [new RequestShape("POST", "/v1/resources/database/prepared", $$"""{"identity": "fuzz:database", "prepared": ["{{ids.Active}}/1", "{{ids.Ended}}/4711", "somebody's", ""]}""")],
        ["POST /v1/resources/{name}/reconcile"] = _ => [new RequestShape("POST", "/v1/resources/database/reconcile"), new RequestShape("POST", "/v1/resources/database/reconcile", "{}")],
        ["POST /v1/resources/{name}/ended"] = ids =>
            [new RequestShape("POST", "/v1/resources/database/ended", $$"""{"identity": "fuzz:database", "transactions": ["{{ids.Active}}", "{{ids.Ended}}"]}""")],
        ["POST /v1/resources/{name}/reports"] = ids =>
            [new RequestShape("POST", "/v1/resources/database/reports", $$"""{"reports": [{"transactionId": "{{ids.Ended}}", "branchId": "1", "fate": "committed"}, {"transactionId": "{{ids.Active}}", "branchId": "b.1", "fate": "rolled-back"}]}""")],
        ["GET /livez"] = _ => [new RequestShape("GET", "/livez")],
        ["HEAD /livez"] = _ => [new RequestShape("HEAD", "/livez")],
        ["GET /readyz"] = _ => [new RequestShape("GET", "/readyz")],
        ["HEAD /readyz"] = _ => [new RequestShape("HEAD", "/readyz")],
        ["GET /metrics"] = _ => [new RequestShape("GET", "/metrics").With("Accept", "text/plain;version=0.0.4")],
        ["GET /openapi/v1.json"] = _ => [new RequestShape("GET", "/openapi/v1.json")],
    };

    /// <summary>"METHOD pattern" of everything that the server maps.</summary>
    public static IEnumerable<string> Mapped(IServiceProvider services) =>
        from endpoint in services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"]
        select $"{method} {endpoint.RoutePattern.RawText}";
}
