using System.Globalization;
using Concordat.Bench;
using Concordat.Bench.Databases;
using Concordat.Bench.Http;

// Verbs of its own children.
switch (args)
{
    case ["participant"]:
        await TrivialParticipant.RunAsync();
        return 0;
    case ["ceiling", var first, var second]:
        await CeilingServer.RunAsync(first, second);
        return 0;
    case ["decisions", var file]:
        await DecisionServer.RunAsync(file);
        return 0;
    case ["load", var what, var server, var concurrency, var warmUp, var seconds]:
        await LoadGenerator.RunAsync(what, server, int.Parse(concurrency, CultureInfo.InvariantCulture), Number(warmUp), Number(seconds));
        return 0;
    case ["count", var server, var concurrency, var transactions]:
        await LoadGenerator.CountAsync(server, int.Parse(concurrency, CultureInfo.InvariantCulture), int.Parse(transactions, CultureInfo.InvariantCulture));
        return 0;
}

string[] all = ["engine", "http", "sagas", "syncs", "memory", "recovery", "locks", "transactions", "scopes", "reconcile"];
int[] levels = [.. args.Select(static arg => int.TryParse(arg, CultureInfo.InvariantCulture, out var level) ? level : 0).Where(static level => level > 0)];
string[] named = [.. args.Where(static arg => !int.TryParse(arg, CultureInfo.InvariantCulture, out _))];
if (named.Except(all).Any())
{
    Console.Error.WriteLine("usage: Concordat.Bench [engine] [http] [sagas] [syncs] [memory] [recovery] [locks] [transactions] [scopes] [reconcile] [<concurrency>...]    (all, where none is named)");
    return 2;
}

var wanted = named.Length == 0 ? all : named;

var directory = Directory.CreateTempSubdirectory("concordat-bench-").FullName;
try
{
    foreach (var bench in all.Intersect(wanted))
    {
        await (bench switch
        {
            "syncs" => SyncBench.RunAsync(directory),
            "engine" => EngineBench.RunAsync(directory, TimeSpan.FromSeconds(5), levels.Length > 0 ? levels : [1, 64, 1024]),
            "http" => HttpBench.TransactionsAsync(directory, warmUpSeconds: 5, seconds: 5, levels.Length > 0 ? levels : [1, 8, 64, 256]),
            "sagas" => HttpBench.SagasAsync(directory, warmUpSeconds: 5, seconds: 5, levels.Length > 0 ? levels : [1, 8, 64, 256]),
            "transactions" => TransactionBench.RunAsync(directory, levels.Length > 0 ? levels : [1, 8, 32]),
            "scopes" => ScopeBench.RunAsync(directory, levels.Length > 0 ? levels : [1, 8, 32]),
            "reconcile" => ReconcileBench.RunAsync(directory),
            "locks" => LockBench.RunAsync(),
            "memory" => MemoryBench.RunAsync(directory),
            _ => RecoveryBench.RunAsync(directory, finished: 900_000, unfinished: 100_000),
        });
    }

    return 0;
}
finally
{
    Directory.Delete(directory, recursive: true);
}

static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
