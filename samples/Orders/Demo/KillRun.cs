using Concordat.Samples.Orders.Api;
using Concordat.Testing.Processes;
using Spectre.Console;

namespace Concordat.Samples.Orders.Demo;

/// <summary>
/// Kills the API while one order of each way is prepared in its databases: before the coordinator was asked, or when it has decided. The API's
/// next life finishes them.
/// </summary>
internal sealed class KillRun(Shop shop, Look look, string when)
{
    /// <returns>Whether each order was prepared everywhere, and is now everywhere or nowhere as it was decided.</returns>
    public async Task<bool> RunAsync()
    {
        await shop.KillApiAsync();
        await shop.StartApiAsync(stopWhen: when);
        OrderRequest[] orders = [.. Ways.All.Select(_ => new OrderRequest(Guid.NewGuid(), "apple", 1))];
        var placing = Task.WhenAll(Ways.All.Zip(orders, (way, order) => shop.PlaceAsync(way.Way, order)));
        await shop.OrdersAreStoppedAsync(orders.Length);
        await shop.KillApiAsync();
        await placing;

        Console.WriteLine($"killed the API when two orders were {when}; what its databases hold now:");
        var prepared = await look.PreparedAsync();
        Show(prepared);
        var passed = prepared.Select(p => p.Database).SequenceEqual(["orders", "orders", "billing", "billing", "stock"])
            && (await look.WhereAsync([.. orders.Select(o => o.Id)])).All(w => w.Length == 0);

        await shop.StartApiAsync();
        await Until.TrueAsync("nothing is prepared any more", async () => (await look.PreparedAsync()).Count == 0);
        var where = await look.WhereAsync([.. orders.Select(o => o.Id)]);
        Console.WriteLine("started it again; when nothing was prepared any more:");
        Show(where);
        return passed && where.SequenceEqual(Ways.All.Select(w => when == "decided" ? w.Places : ""));
    }

    private static void Show(List<PreparedOrder> prepared)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("prepared in", "transaction", "state", "locks");
        foreach (var branch in prepared)
        {
            table.AddRow(branch.Database, "…" + branch.Transaction[^12..], $"{branch.State}", Markup.Escape(branch.Locks));
        }

        AnsiConsole.Write(table);
    }

    private static void Show(string[] where)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("placed", "is in");
        foreach (var ((way, _), places) in Ways.All.Zip(where))
        {
            table.AddRow(way, Ways.Text(places));
        }

        AnsiConsole.Write(table);
    }
}
