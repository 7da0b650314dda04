using Concordat.Samples.Bank.Processes;
using Concordat.Samples.Bank.Reporting;
using Spectre.Console;

namespace Concordat.Samples.Bank.Driver;

/// <summary>Starts everything, runs, cleans up, and says how it went: 0 the audit passed, 1 it did not, 130 Ctrl-C.</summary>
internal static class BankProgram
{
    private const int LastLines = 20;

    /// <summary>With locks in random order the same transfers run with ordered ones first, to compare.</summary>
    public static async Task<int> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var display = Display.Choose();
        if (options.Locks != LockOrder.Random)
        {
            return (await OnceAsync(options, display, compareWith: null, cancellationToken)).ExitCode;
        }

        display.Say("first with ordered locks, to compare");
        var (exitCode, ordered) = await OnceAsync(options with { Locks = LockOrder.Ordered, Keep = false }, display, compareWith: null, cancellationToken);
        return exitCode == 0 ? (await OnceAsync(options, display, ordered, cancellationToken)).ExitCode : exitCode;
    }

    private static async Task<(int ExitCode, RunSummary? Summary)> OnceAsync(RunOptions options, IDisplay display, RunSummary? compareWith, CancellationToken cancellationToken)
    {
        BankDatabases? databases;
        try
        {
            databases = options.Store == Store.Postgres ? await BankDatabases.StartAsync() : null;
        }
        catch (RunFailedException e)
        {
            await Console.Error.WriteLineAsync($"bank: {e.Message}");
            return (1, null);
        }

        var cluster = new Cluster(Path.Combine(Path.GetTempPath(), $"concordat-bank-{Path.GetRandomFileName()[..8]}"), databases);
        var failed = true;
        try
        {
            var summary = await RunAsync(options, cluster, display, compareWith, cancellationToken);
            failed = !summary.Audit.Passed;
            return (failed ? 1 : 0, summary);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            failed = false;
            return (130, null);
        }
        catch (RunFailedException e)
        {
            await Console.Error.WriteLineAsync($"bank: {e.Message}");
            return (1, null);
        }
        finally
        {
            await cluster.DisposeAsync();
            await (databases?.DisposeAsync() ?? default);
            if (failed)
            {
                await ShowOutputAsync(cluster);
            }
            else if (!options.Keep)
            {
                Directory.Delete(cluster.Folder, recursive: true);
            }
        }
    }

    private static async Task<RunSummary> RunAsync(RunOptions options, Cluster cluster, IDisplay display, RunSummary? compareWith, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = WorkAsync(options, cluster, display, compareWith, stop.Token);
        if (await Task.WhenAny(work, cluster.AnyDied) != work)
        {
            // Only we may end a process. The others are stopped, and what died says why.
            await stop.CancelAsync();
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            await cluster.AnyDied;
        }

        return await work;
    }

    private static async Task<RunSummary> WorkAsync(RunOptions options, Cluster cluster, IDisplay display, RunSummary? compareWith, CancellationToken cancellationToken)
    {
        display.Say(options.Store == Store.Postgres ? "starting a coordinator and two banks, on a PostgreSQL that runs already" : "starting a coordinator and two banks");
        await cluster.StartAsync(cancellationToken);
        display.Say($"{options.Transfers:N0} transfers, {options.Concurrency} at a time, over {options.Accounts:N0} accounts; each process is killed {options.Kills}×; seed {options.Seed}");
        var summary = await new BankRun(options, cluster, display).RunAsync(cancellationToken);
        SummaryTable.Write(AnsiConsole.Console, summary, compareWith);
        if (options.Keep)
        {
            await KeepAsync(cluster, display, cancellationToken);
        }

        return summary;
    }

    private static async Task KeepAsync(Cluster cluster, IDisplay display, CancellationToken cancellationToken)
    {
        await cluster.StartAsync(cancellationToken);
        foreach (var service in cluster.Services)
        {
            display.Say($"{service.Name,-12} {service.Address,-26} {service.DataDirectory}");
        }

        display.Say("everything runs again; Ctrl-C ends it and leaves the data");
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task ShowOutputAsync(Cluster cluster)
    {
        foreach (var service in cluster.Services)
        {
            await Console.Error.WriteLineAsync($"\n--- the last lines of {service.Name} ({service.LogFile}; its data: {service.DataDirectory})");
            foreach (var line in service.LastLines(LastLines))
            {
                await Console.Error.WriteLineAsync(line);
            }
        }
    }
}
