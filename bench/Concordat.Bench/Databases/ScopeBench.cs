using System.Transactions;
using Concordat.Bench.Http;
using Concordat.Client;
using Concordat.Databases;
using Npgsql;

namespace Concordat.Bench.Databases;

/// <summary>A scope over two PostgreSQL servers, against the same scope with Npgsql alone, which no crash may interrupt.</summary>
internal static class ScopeBench
{
    public static async Task RunAsync(string directory, int[] levels)
    {
        // Scopes block: docs/transactionscope.md.
        ThreadPool.SetMinThreads(levels.Max() * 2 + 8, 8);
        await using var databases = await TwoPostgres.StartAsync(levels.Max());
        using var processes = new BenchProcesses();
        await using var coordinator = await Coordinator.StartAsync(
            Path.Combine(directory, "scopes"), processes, builder => builder.AddPostgres("a", _ => databases.Sources[0]).AddPostgres("b", _ => databases.Sources[1]));
        Console.WriteLine("two PostgreSQL servers, CreateScope, coordinator in another process; against a plain TransactionScope, whose decision is nowhere");
        Console.WriteLine(Rounds.Header);
        var total = await Rounds.WarmUpAsync(worker => PlainAsync(databases, worker), worker => RunAsync(databases, coordinator.Client, worker), levels.Max());
        foreach (var level in levels)
        {
            total += await Rounds.RunAsync(level, worker => PlainAsync(databases, worker), worker => RunAsync(databases, coordinator.Client, worker));
        }

        await databases.VerifyAsync(total);
    }

    private static async Task PlainAsync(TwoPostgres databases, int worker)
    {
        using var scope = new TransactionScope(
            TransactionScopeOption.RequiresNew, new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted }, TransactionScopeAsyncFlowOption.Enabled);
        await WorkAsync(databases, worker);
        scope.Complete();
    }

    private static async Task RunAsync(TwoPostgres databases, IConcordatClient client, int worker)
    {
        using var scope = client.CreateScope();
        await WorkAsync(databases, worker);
        scope.Complete();
    }

    private static async Task WorkAsync(TwoPostgres databases, int worker)
    {
        foreach (var source in databases.Sources)
        {
            await using var connection = await source.OpenConnectionAsync();
            await TwoPostgres.WorkAsync(connection, worker);
        }
    }
}
