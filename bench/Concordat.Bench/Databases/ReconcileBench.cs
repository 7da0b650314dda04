using System.Diagnostics;
using System.Net.Http.Json;
using Concordat.Bench.Http;
using Concordat.Client;
using Concordat.Client.Resources;
using Concordat.Databases;
using Concordat.Testing.Databases;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Concordat.Bench.Databases;

/// <summary>
/// A database in which ten thousand branches were left prepared by processes that died, half of them of transactions that committed: until a process that sweeps it
/// has finished all, and until the coordinator has seen the end of each.
/// </summary>
internal static class ReconcileBench
{
    private const int Branches = 10_000;
    private const int AtOnce = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(string directory)
    {
        await using var server = await PostgresServer.StartAsync($"max_prepared_transactions={Branches + 100}", "shared_buffers=128MB");
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString()) { Pooling = true }.ConnectionString);
        await using (var table = source.CreateCommand("CREATE TABLE entries (id int)"))
        {
            await table.ExecuteNonQueryAsync();
        }

        using var processes = new BenchProcesses();
        var (_, url) = await processes.StartAsync("dotnet", BenchProcesses.ServerDll, "serve", "--data", Path.Combine(directory, "reconcile"), "--urls", "http://127.0.0.1:0");
        await HttpBench.RegisterAsync(url, inquires: true);
        await LeaveAsync(url, source);

        // Looked at in another pool: the sweep's own connections are what is measured.
        await using var looking = NpgsqlDataSource.Create(server.ConnectionString());
        Console.WriteLine($"{await CountAsync(looking)} branches are prepared in PostgreSQL, half of them of committed transactions");
        var watch = Stopwatch.StartNew();
        await using var sweeping = await Coordinator.StartAsync(url, builder => builder.AddPostgres("a", _ => source));
        await UntilAsync(async () => await CountAsync(looking) == 0);
        var finished = watch.Elapsed;
        await UntilAsync(async () => (await sweeping.Client.ListAsync(new TransactionQuery { State = TransactionState.Committing, Limit = 1 })).Items.Count == 0);
        Console.WriteLine(FormattableString.Invariant($"reconcile: none is prepared after {finished.TotalSeconds:0.0} s, and all transactions have ended after {watch.Elapsed.TotalSeconds:0.0} s"));
    }

    /// <summary>Prepares, decides every other one, and lets go.</summary>
    private static async Task LeaveAsync(string url, NpgsqlDataSource source)
    {
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await using var working = await Coordinator.StartAsync(
            url, builder => builder.AddPostgres("a", _ => source).Services.Configure<ResourceAgentOptions>(o => o.Interval = TimeSpan.FromMinutes(5)));
        await Parallel.ForAsync(0, Branches, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, ct) =>
        {
            var transaction = await working.Client.BeginAsync(new BeginOptions { Timeout = TimeSpan.FromHours(1) }, ct);
            await using var command = new NpgsqlCommand($"INSERT INTO entries VALUES ({i})", (NpgsqlConnection)await transaction.OpenAsync("a", cancellationToken: ct));
            await command.ExecuteNonQueryAsync(ct);
            await using var branch = transaction.FindHeld("a")!;
            var vote = await branch.PrepareAsync(ct);
            using var answer = i % 2 == 0
                ? await http.PostAsJsonAsync($"/v1/transactions/{transaction.Id}/commit", new { branches = new[] { new { participant = "a", branchId = branch.BranchId, vote = "yes", evidence = vote.Evidence } } }, ct)
                : await http.PostAsync($"/v1/transactions/{transaction.Id}/rollback", null, ct);
            answer.EnsureSuccessStatusCode();
        });
    }

    private static async Task<long> CountAsync(NpgsqlDataSource source)
    {
        await using var count = source.CreateCommand("SELECT count(*) FROM pg_prepared_xacts");
        return (long)(await count.ExecuteScalarAsync())!;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var since = Stopwatch.GetTimestamp(); !await holds();)
        {
            if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromMinutes(5))
            {
                throw new InvalidOperationException("it did not come to an end in five minutes");
            }

            await Task.Delay(Pause);
        }
    }
}
