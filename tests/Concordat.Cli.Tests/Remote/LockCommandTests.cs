using System.Text.Json;
using Concordat.Cli.Tests.Support;

namespace Concordat.Cli.Tests.Remote;

/// <summary><c>concordat locks list</c> against a server that answers what the test says.</summary>
public sealed class LockCommandTests
{
    private static readonly TransactionId Holder = new(1, 2, 3);
    private static readonly TransactionId Waiter = new(1, 2, 4);

    private static string Item(string key) => $$"""
        {"key":"{{key}}","holders":[{"transaction":"{{Holder}}","mode":"shared","fencingToken":17,"since":"2026-01-01T00:00:00.000Z"}],
        "waiting":[{"transaction":"{{Waiter}}","mode":"exclusive","since":"2026-01-01T00:00:01.500Z"}]}
        """;

    private static string Page(string? next, params string[] keys) =>
        $$"""{"items":[{{string.Join(',', keys.Select(Item))}}],"nextCursor":{{(next is null ? "null" : $"\"{next}\"")}}}""";

    [Fact]
    public async Task The_table_has_a_row_for_everybody_who_holds_or_awaits_a_key()
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, Page(next: null, "account/alice")));
        var run = await CommandRun.OfAsync(
            "locks", "list", "--key", "account/alice", "--transaction", Holder.ToString(), "--waiting", "--server", server.Url);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal($"GET /v1/locks?key=account%2Falice&transaction={Holder}&waiting=true&limit=50", Assert.Single(server.Requests));
        var rows = run.Out.TrimEnd().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Equal($"account/alice held shared {Holder} 2026-01-01T00:00:00.000Z 17", rows[1]);
        Assert.Equal($"account/alice awaited exclusive {Waiter} 2026-01-01T00:00:01.500Z", rows[2].TrimEnd(' ', '-'));
        Assert.Equal(3, rows.Count);
    }

    [Fact]
    public async Task It_goes_on_over_pages_up_to_its_limit_and_says_that_there_are_more()
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, Page("next", "a", "b")));
        var run = await CommandRun.OfAsync("locks", "list", "--limit", "4", "-o", "json", "--server", server.Url);
        using var array = JsonDocument.Parse(run.Out);
        Assert.Equal(["a", "b", "a", "b"], array.RootElement.EnumerateArray().Select(item => item.GetProperty("key").GetString()));
        Assert.Equal(17, array.RootElement[0].GetProperty("holders")[0].GetProperty("fencingToken").GetInt64());
        Assert.Contains("there are more than 4", run.Error, StringComparison.Ordinal);
        Assert.Equal(["GET /v1/locks?limit=4", "GET /v1/locks?limit=2&cursor=next"], server.Requests);
    }

    [Fact]
    public async Task An_id_that_is_none_is_a_usage_error_and_asks_nobody()
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, Page(next: null)));
        var run = await CommandRun.OfAsync("locks", "list", "--transaction", "7", "--server", server.Url);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'7'", run.Error, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Nothing_locked_is_an_empty_array()
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, Page(next: null)));
        var run = await CommandRun.OfAsync("locks", "list", "-o", "json", "--server", server.Url);
        Assert.Equal((0, "[]"), (run.ExitCode, run.Out.Trim()));
    }
}
