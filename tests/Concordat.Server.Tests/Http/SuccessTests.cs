using System.Net;
using Concordat.Core;

namespace Concordat.Server.Tests.Http;

public sealed class SuccessTests
{
    private const string Document =
        """
        {"id":"11223344-5555-8555-9555-550000000007","name":"transfer","state":"committing","outcome":"committed","reason":null,"createdAt":"2026-03-01T12:00:00.250Z","deadline":"2026-03-01T12:01:00.250Z","decidedAt":"2026-03-01T12:00:01.250Z","completedAt":null,"labels":{"order":"42"},"branches":[{"id":"1","participant":"bank-a","state":"prepared","vote":"yes","attempts":1,"lastError":null,"nextAttemptAt":null,"heuristic":null}],"history":[{"state":"active","at":"2026-03-01T12:00:00.250Z"},{"state":"preparing","at":"2026-03-01T12:00:00.250Z"}]}
        """;

    [Fact]
    public async Task A_transaction_with_branches_is_answered_with_the_contract_s_document_member_for_member()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", """{"branches":[{"participant":"bank-a","operations":[ {"type":"debit", "data":{"amount":100}} ]}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Document, await response.Content.ReadAsStringAsync());
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(Documents.Id.ToString(), Assert.Single(response.Headers.GetValues("Concordat-Transaction")));
        Assert.Null(response.Headers.Location);
        Assert.Empty(response.Headers.Server);
        var begin = Assert.IsType<BeginInput>(server.Engine.Last);
        Assert.Equal(BeginMode.Run, begin.Mode);
        Assert.Equal("""[ {"type":"debit", "data":{"amount":100}} ]""", System.Text.Encoding.UTF8.GetString(begin.Spec.Branches[0].Operations.Span));
    }
}
