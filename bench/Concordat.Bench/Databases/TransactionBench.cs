using Concordat.Bench.Http;
using Concordat.Client;
using Concordat.Databases;
using Npgsql;

namespace Concordat.Bench.Databases;

/// <summary>The async API over two PostgreSQL servers, against two-phase commit by hand over the same two.</summary>
internal static class TransactionBench
{
    public static async Task RunAsync(string directory, int[] levels)
    {
        await using var databases = await TwoPostgres.StartAsync(levels.Max());
        await using var decisions = new DecisionFile(Path.Combine(directory, "decisions"));
        var byHand = new HandWritten(databases, decisions);
        var total = 0L;
        foreach (var embedded in (bool[])[false, true])
        {
            using var processes = embedded ? null : new BenchProcesses();
            await using var coordinator = await Coordinator.StartAsync(
                Path.Combine(directory, $"transactions-{embedded}"), processes, builder => builder.AddPostgres("a", _ => databases.Sources[0]).AddPostgres("b", _ => databases.Sources[1]));
            Console.WriteLine($"two PostgreSQL servers, async API, coordinator {(embedded ? "in the same process" : "in another process")}; against two-phase commit by hand, its decisions forced to a file");
            Console.WriteLine(Rounds.Header);
            foreach (var level in levels)
            {
                total += await Rounds.RunAsync(level, byHand.RunAsync, worker => RunAsync(coordinator.Client, worker));
            }

            await databases.VerifyAsync(total);
        }
    }

    private static async Task RunAsync(IConcordatClient client, int worker)
    {
        await using var transaction = await client.BeginAsync();
        await TwoPostgres.WorkAsync((NpgsqlConnection)await transaction.OpenAsync("a"), worker);
        await TwoPostgres.WorkAsync((NpgsqlConnection)await transaction.OpenAsync("b"), worker);
        await transaction.CommitAsync();
    }
}
