using Concordat.Bench.Http;
using Concordat.Client;
using Concordat.Databases;
using Npgsql;

namespace Concordat.Bench.Databases;

/// <summary>
/// The async API over two PostgreSQL servers, against two-phase commit by hand over the same two; and the ceilings of that: by hand with what cannot be left out
/// where the decision must be found again after a crash.
/// </summary>
internal static class TransactionBench
{
    private const string Against = "against two-phase commit by hand, its decisions forced to a file";

    public static async Task RunAsync(string directory, int[] levels)
    {
        await using var databases = await TwoPostgres.StartAsync(levels.Max());
        await using var decisions = new DecisionFile(Path.Combine(directory, "decisions"));
        var byHand = new HandWritten(databases, decisions.AppendAsync);
        var total = 0L;
        await CeilingsAsync();
        foreach (var embedded in (bool[])[false, true])
        {
            using var processes = embedded ? null : new BenchProcesses();
            await using var coordinator = await Coordinator.StartAsync(
                Path.Combine(directory, $"transactions-{embedded}"), processes, builder => builder.AddPostgres("a", _ => databases.Sources[0]).AddPostgres("b", _ => databases.Sources[1]));
            await CompareAsync(
                $"async API, coordinator {(embedded ? "in the same process" : "in another process")}; {Against}", worker => RunAsync(coordinator.Client, worker));
        }

        async Task CeilingsAsync()
        {
            using var processes = new BenchProcesses();
            var (_, url) = await processes.StartAsync("dotnet", BenchProcesses.OwnDll, "decisions", Path.Combine(directory, "remote-decisions"));
            using var http = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
            await CompareAsync($"ceiling: by hand, asking for evidence; {Against}", new HandWritten(databases, decisions.AppendAsync, asksForEvidence: true).RunAsync);
            await CompareAsync(
                $"ceiling: by hand, asking for evidence, each decision one call to a bare HTTP server; {Against}",
                new HandWritten(databases, DecisionServer.Client(http, url), asksForEvidence: true).RunAsync);
        }

        async Task CompareAsync(string title, Func<int, Task> other)
        {
            Console.WriteLine($"two PostgreSQL servers, {title}");
            Console.WriteLine(Rounds.Header);
            total += await Rounds.WarmUpAsync(byHand.RunAsync, other, levels.Max());
            foreach (var level in levels)
            {
                total += await Rounds.RunAsync(level, byHand.RunAsync, other);
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
