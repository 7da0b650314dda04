using System.Text.Json;
using Concordat.Cli.Tests.Support;

namespace Concordat.Cli.Tests.Remote;

/// <summary>Commands against a server that answers what the test says.</summary>
public sealed class RemoteCommandTests
{
    private static readonly TransactionId Id = new(1, 2, 3);

    private static string Document(string state, string outcome) => $$"""
        {"id":"{{Id}}","name":"transfer","state":"{{state}}","outcome":{{outcome}},"reason":null,"createdAt":"2026-01-01T00:00:00.000Z",
        "deadline":"2026-01-01T00:01:00.000Z","decidedAt":null,"completedAt":null,"labels":{"order":"42"},
        "branches":[{"id":"1","participant":"bank-a","state":"prepared","vote":"yes","attempts":1,"lastError":null,"nextAttemptAt":null}],"history":[]}
        """;

    private static string Problem(int status, string type) => $$"""{"type":"/problems/{{type}}","title":"No","status":{{status}},"detail":"so it is"}""";

    private static async Task<CommandRun> RunAsync((int, string) answer, params string[] arguments)
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => answer);
        return await CommandRun.OfAsync([.. arguments, "--server", server.Url]);
    }

    [Theory]
    [InlineData("committed", "\"committed\"", 0)]
    [InlineData("aborted", "\"aborted\"", 4)]
    [InlineData("committing", "\"committed\"", 5)]
    public async Task Waiting_tells_by_its_exit_code_what_became_of_a_transaction(string state, string outcome, int exitCode)
    {
        var run = await RunAsync((200, Document(state, outcome)), "tx", "wait", Id.ToString(), "--timeout", "0");
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(Id.ToString(), run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "unknown-transaction", 3)]
    [InlineData(410, "forgotten", 3)]
    [InlineData(409, "already-committed", 4)]
    [InlineData(400, "invalid-request", 2)]
    [InlineData(401, "unauthenticated", 1)]
    [InlineData(500, "internal", 5)]
    [InlineData(503, "overloaded", 6)]
    public async Task Refusals_have_their_exit_codes_and_leave_standard_output_empty(int status, string type, int exitCode)
    {
        var run = await RunAsync((status, Problem(status, type)), "tx", "rollback", Id.ToString());
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Empty(run.Out);
        Assert.StartsWith("concordat: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_is_exit_code_6()
    {
        string url;
        await using (var server = await FakeCoordinator.StartAsync((_, _) => (200, "")))
        {
            url = server.Url;
        }

        var run = await CommandRun.OfAsync("participants", "list", "--server", url);
        Assert.Equal(6, run.ExitCode);
        Assert.Contains(url, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tx", "list")]
    [InlineData("participants", "list")]
    public async Task An_empty_list_is_an_empty_array(params string[] arguments)
    {
        var run = await RunAsync((200, """{"items":[],"nextCursor":null}"""), [.. arguments, "-o", "json"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("[]", run.Out.Trim());
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task A_list_goes_on_over_pages_up_to_its_limit_and_says_that_there_are_more()
    {
        var page = $$"""{"items":[{{Document("committed", "\"committed\"")}}],"nextCursor":"next"}""";
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, page));
        var run = await CommandRun.OfAsync(
            "tx", "list", "--limit", "3", "--state", "committed", "--label", "order=42", "-o", "json", "--server", server.Url);
        using var array = JsonDocument.Parse(run.Out);
        Assert.Equal(3, array.RootElement.GetArrayLength());
        Assert.Contains("there are more than 3", run.Error, StringComparison.Ordinal);
        Assert.Contains("state=committed", server.Requests[0], StringComparison.Ordinal);
        Assert.Contains("label.order=42", server.Requests[0], StringComparison.Ordinal);
        Assert.Contains("cursor=next", server.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_piped_table_has_one_line_per_transaction_and_no_escapes()
    {
        var page = $$"""{"items":[{{Document("aborted", "\"aborted\"")}}],"nextCursor":null}""";
        var run = await RunAsync((200, page), "tx", "list");
        var lines = run.Out.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith(Id.ToString(), lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', run.Out);
    }

    [Fact]
    public async Task The_token_and_the_server_come_from_the_environment_too()
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, Document("committed", "\"committed\"")));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONCORDAT_SERVER"] = server.Url, ["CONCORDAT_TOKEN"] = "0123456789abcdef" };
        var run = await CommandRun.OfAsync(environment, "tx", "get", Id.ToString(), "-o", "json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("Bearer 0123456789abcdef", server.LastAuthorization);
        using var document = JsonDocument.Parse(run.Out);
        Assert.Equal("committed", document.RootElement.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Settling_by_hand_sends_who_and_why()
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, Document("committing", "\"committed\"")));
        var run = await CommandRun.OfAsync(
            "tx", "resolve", Id.ToString(), "2", "--as", "rolled-back", "--who", "Ada", "--why", "by phone", "--server", server.Url);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"POST /v1/transactions/{Id}/branches/2/resolve ", server.Requests[0], StringComparison.Ordinal);
        Assert.Contains("\"as\":\"rolled-back\"", server.Requests[0], StringComparison.Ordinal);
        Assert.Contains("\"who\":\"Ada\"", server.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registering_and_removing_a_participant()
    {
        await using var server = await FakeCoordinator.StartAsync((method, _) =>
            method == "DELETE" ? (204, "") : (200, """{"name":"bank-a","url":"http://127.0.0.1:1/x","onePhase":true,"inquires":false,"state":"up","unfinished":0}"""));
        var put = await CommandRun.OfAsync("participants", "put", "bank-a", "http://127.0.0.1:1/x", "--one-phase", "--server", server.Url);
        var remove = await CommandRun.OfAsync("participants", "remove", "bank-a", "--server", server.Url);
        Assert.Equal((0, 0), (put.ExitCode, remove.ExitCode));
        Assert.StartsWith("PUT /v1/participants/bank-a ", server.Requests[0], StringComparison.Ordinal);
        Assert.Contains("\"onePhase\":true", server.Requests[0], StringComparison.Ordinal);
        Assert.Equal("DELETE /v1/participants/bank-a", server.Requests[1]);
        Assert.Empty(remove.Out);
    }
}
