using Concordat.Samples.Orders.Api;

namespace Concordat.Samples.Orders.Demo;

/// <summary>Starts everything, runs, ends everything: 0 all went well, 1 not, 2 no database, 130 Ctrl-C.</summary>
internal static class OrdersProgram
{
    public static async Task<int> RunAsync(int count, bool kill, CancellationToken cancellationToken)
    {
        try
        {
            Console.WriteLine("starting PostgreSQL, MariaDB, a coordinator and the API");
            await using var databases = await ShopDatabases.FindAsync();
            await using var shop = new Shop(databases);
            var run = RunAsync(shop, databases, count, kill);
            if (await Task.WhenAny(run, Task.Delay(Timeout.Infinite, cancellationToken)) != run)
            {
                return 130;
            }

            return await run ? 0 : 1;
        }
        catch (NoDatabaseException e)
        {
            await Console.Error.WriteLineAsync($"orders: {e.Message}");
            return 2;
        }
#pragma warning disable CA1031 // Whatever it was, a person is told, and what runs is ended.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync($"orders: {e.Message}");
            return 1;
        }
    }

    private static async Task<bool> RunAsync(Shop shop, ShopDatabases databases, int count, bool kill)
    {
        await Schema.CreateAsync(databases.Orders, databases.Billing, databases.Stock);
        await shop.StartAsync();
        var look = new Look(databases, shop);
        var passed = await new PlacingRun(shop, look).RunAsync(count);
        foreach (var when in kill ? (string[])["prepared", "decided"] : [])
        {
            passed &= await new KillRun(shop, look, when).RunAsync();
        }

        Console.WriteLine(passed ? "every order is in all of its databases or in none, and nothing is left prepared" : "FAILED");
        return passed;
    }
}
