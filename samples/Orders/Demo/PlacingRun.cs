using System.Net;
using Concordat.Samples.Orders.Api;
using Concordat.Testing.Processes;
using Spectre.Console;

namespace Concordat.Samples.Orders.Demo;

/// <summary>Places orders each way, some of which are refused, and looks where they are.</summary>
internal sealed class PlacingRun(Shop shop, Look look)
{
    private const int AtOnce = 4;

    /// <returns>Whether every order is where it must be.</returns>
    public async Task<bool> RunAsync(int count)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumns("placed", "orders", "answer", "times", "are in", "");
        var passed = true;
        foreach (var (way, places) in Ways.All)
        {
            Console.WriteLine($"placing {count} orders {way}");
            OrderRequest[] good = [.. Enumerable.Range(0, count).Select(_ => new OrderRequest(Guid.NewGuid(), "apple", 1))];
            passed &= await PlaceAsync(way, "good", good, HttpStatusCode.OK, places);
            passed &= await PlaceAsync(way, "credit", [new(Guid.NewGuid(), "apple", 11)], HttpStatusCode.Conflict, "");
            passed &= !places.Contains("stock", StringComparison.Ordinal)
                || await PlaceAsync(way, "sold out", [new(Guid.NewGuid(), "pear", 1)], HttpStatusCode.Conflict, "");
        }

        AnsiConsole.Write(table);
        await Until.TrueAsync("nothing is prepared any more", async () => (await look.PreparedAsync()).Count == 0);
        return passed;

        async Task<bool> PlaceAsync(string way, string kind, OrderRequest[] orders, HttpStatusCode expected, string places)
        {
            var answers = new HttpStatusCode?[orders.Length];
            await Parallel.ForAsync(0, orders.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) => answers[i] = await shop.PlaceAsync(way, orders[i]));
            var where = await look.WhereAsync([.. orders.Select(o => o.Id)]);
            foreach (var group in answers.Zip(where).GroupBy(pair => pair))
            {
                var (answer, found) = group.Key;
                table.AddRow(way, kind, Ways.Text(answer), $"{group.Count()}", Ways.Text(found), answer == expected && found == places ? "ok" : "WRONG");
            }

            return answers.All(a => a == expected) && where.All(w => w == places);
        }
    }
}
