using System.Text.Json;
using System.Text.RegularExpressions;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Http;

/// <summary>All that the server shows of its state, at rest.</summary>
internal sealed partial class StateDump
{
    /// <summary>Open transactions that end by themselves so soon are not compared.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, (string Text, string State, bool EndsSoon)> _transactions = new(StringComparer.Ordinal);
    private string _participants = "";

    public IEnumerable<string> Ended => _transactions.Values.Where(t => t.State is "committed" or "aborted").Select(t => t.Text).Order(StringComparer.Ordinal);

    public bool IsActive(string id) => _transactions.TryGetValue(id, out var t) && t.State == "active";

    /// <summary>Waits until nothing moves but what a deadline ends.</summary>
    public static async Task<StateDump> Take(World world)
    {
        StateDump dump = null!;
        await Bounded.Until(
            async () => (dump = await TakeOnce(world)).IsAtRest,
            () => "the server comes to rest: " + string.Join('\n', dump._transactions.Values.Where(t => !IsStill(t.Text, t.State)).Select(t => t.Text)));
        return dump;
    }

    /// <summary>What is different now; empty where nothing is.</summary>
    public string DifferenceTo(StateDump later)
    {
        foreach (var (id, transaction) in _transactions.Where(t => !t.Value.EndsSoon))
        {
            if (!later._transactions.TryGetValue(id, out var after))
            {
                return $"{transaction.Text} is gone";
            }

            if (after.Text != transaction.Text)
            {
                return $"{transaction.Text}\nbecame {after.Text}";
            }
        }

        var added = later._transactions.Keys.Except(_transactions.Keys, StringComparer.Ordinal).FirstOrDefault();
        return added is not null ? $"there is a new transaction: {later._transactions[added].Text}"
            : later._participants != _participants ? $"participants were {_participants}\nand are {later._participants}"
            : "";
    }

    private bool IsAtRest => _transactions.Values.All(t => IsStill(t.Text, t.State));

    private static bool IsStill(string text, string state) =>
        state is "active" or "committed" or "aborted" || (state is "committing" && text.Contains("\"hazard\"", StringComparison.Ordinal));

    private static async Task<StateDump> TakeOnce(World world)
    {
        var dump = new StateDump();
        var cursor = "";
        do
        {
            using var page = JsonDocument.Parse(await world.Http.GetStringAsync($"/v1/transactions?limit=1000&cursor={Uri.EscapeDataString(cursor)}"));
            foreach (var item in page.RootElement.GetProperty("items").EnumerateArray())
            {
                var state = item.GetProperty("state").GetString()!;
                var endsSoon = state == "active" && item.GetProperty("deadline").GetDateTimeOffset() < DateTimeOffset.UtcNow + Soon;
                dump._transactions[item.GetProperty("id").GetString()!] = (Attempt().Replace(item.GetRawText(), ""), state, endsSoon);
            }

            cursor = page.RootElement.GetProperty("nextCursor").GetString() ?? "";
        }
        while (cursor.Length > 0);

        dump._participants = await world.Http.GetStringAsync("/v1/participants");
        return dump;
    }

    /// <summary>Shown as of now from a clock that has no date: it may differ by a millisecond between two looks.</summary>
    [GeneratedRegex("\"nextAttemptAt\":\"[^\"]*\"", RegexOptions.None, 1000)]
    private static partial Regex Attempt();
}
