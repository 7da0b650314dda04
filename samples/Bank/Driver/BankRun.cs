using System.Diagnostics;
using Concordat.Client;
using Concordat.Samples.Bank.Audit;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Processes;
using Concordat.Samples.Bank.Reporting;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Samples.Bank.Driver;

/// <summary>The whole run, on processes that are up: open the accounts, transfer and kill, wait for calm, audit.</summary>
internal sealed class BankRun(RunOptions options, Cluster cluster, IDisplay display)
{
    // Above what a restart takes even on a busy machine: the driver waits for every outcome rather than give one up.
    private static readonly TimeSpan RetryBudget = TimeSpan.FromMinutes(2);
    private readonly Workload _workload = new(options);

    public async Task<RunSummary> RunAsync(CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddConcordatClient(client => (client.Address, client.RetryBudget) = (cluster.Coordinator.Address, RetryBudget))
            .Services.BuildServiceProvider();
        var coordinator = services.GetRequiredService<IConcordatClient>();
        using var http = new HttpClient();
        var banks = cluster.Banks.Select(b => new BankClient(http, b)).ToArray();

        // 1. Money enters.
        foreach (var bank in banks)
        {
            var mine = _workload.Openings.Where(o => string.Equals(o.Key.Bank, bank.Name, StringComparison.Ordinal));
            await bank.OpenAsync(mine.Select(o => new Opening(o.Key.Account, o.Value)), cancellationToken);
        }

        // 2. It moves, while processes die.
        var start = Stopwatch.GetTimestamp();
        var (results, kills, victims) = await TransferAsync(coordinator, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(start);

        // 3. Calm, and then the audit: what the processes say first, what their logs say once they are gone.
        var settled = await Settling.WaitAsync(coordinator, banks, cancellationToken);
        var findings = await FindingsReader.ReadAsync(coordinator, banks, cancellationToken);
        var locks = (await coordinator.ListLocksAsync(cancellationToken: cancellationToken)).Items;
        var prepared = cluster.Databases is null ? null : await cluster.Databases.PreparedAsync(cancellationToken);
        await cluster.KillAsync();
        var audit = Auditor.Audit(_workload.Openings, results, findings).With(await LogCheck.RunAsync(cluster, cancellationToken));
        audit = audit.With(new AuditCheck("nothing is left locked", [.. locks.Select(l => $"{l.Key} is held by {string.Join(' ', l.Holders.Select(h => h.Transaction))}")]));
        audit = prepared is null ? audit : audit.With(new AuditCheck("nothing is left prepared in PostgreSQL", prepared));
        return new RunSummary(options, results, kills, elapsed, settled, audit) { Victims = victims };
    }

    private async Task<(TransferResult[] Results, Kill[] Kills, int Victims)> TransferAsync(IConcordatClient coordinator, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var progress = new TransferProgress(options.Transfers);
        var killers = cluster.Killable
            .Select((service, n) => new Killer(service, progress, KillPlan.For(options, n), Report).RunAsync(stop.Token))
            .ToArray();
        var transfersEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var shown = display.FollowAsync(progress, transfersEnded.Task);
        var runner = new TransferRunner(coordinator, options, progress);
        var transfers = runner.RunAsync(_workload.Transfers, stop.Token);
        try
        {
            await foreach (var ended in Task.WhenEach([transfers, .. killers]))
            {
                await ended;
            }

            return (await transfers, [.. (await Task.WhenAll(killers)).SelectMany(k => k)], runner.Victims);
        }
        finally
        {
            // Whatever happened: nobody starts a process or a transfer after this.
            await stop.CancelAsync();
            await Task.WhenAll([transfers, .. killers]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            transfersEnded.SetResult();
            await shown;
        }
    }

    private void Report(Kill kill) => display.Say(
        $"          killed {kill.Service} at transfer {kill.AtTransfer:N0} with {kill.InFlight} under way; back after {SummaryTable.Time(kill.Down)}");
}
