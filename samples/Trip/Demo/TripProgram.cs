using Spectre.Console;

namespace Concordat.Samples.Trip.Demo;

/// <summary>Starts everything, runs, ends everything: 0 all went well, 1 not, 130 Ctrl-C.</summary>
internal static class TripProgram
{
    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Console.WriteLine("starting a coordinator, an airline, a hotel and a car rental");
            await using var world = new TripWorld();
            var run = RunAsync(world);
            if (await Task.WhenAny(run, Task.Delay(Timeout.Infinite, cancellationToken)) != run)
            {
                return 130;
            }

            return await run ? 0 : 1;
        }
#pragma warning disable CA1031 // Whatever it was, a person is told, and what runs is ended.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync($"trip: {e.Message}");
            return 1;
        }
    }

    private static async Task<bool> RunAsync(TripWorld world)
    {
        await world.StartAsync();
        var results = new List<CaseResult>();
        foreach (var trip in Case.All)
        {
            results.Add(await new CaseRun(world, trip).RunAsync());
        }

        Show(results);
        var passed = results.TrueForAll(result => result.IsAsItMust);
        Console.WriteLine(passed ? "every trip is booked whole or not at all" : "FAILED: a trip is not as it must be");
        return passed;
    }

    private static void Show(List<CaseResult> results)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(["what happens", "the saga", .. TripWorld.Services, "right"]);
        foreach (var result in results)
        {
            table.AddRow([result.Name, $"{result.Saga.Outcome}".ToLowerInvariant(), .. result.Bookings, result.IsAsItMust ? "yes" : "NO"]);
        }

        AnsiConsole.Write(table);
    }
}
