using System.Diagnostics;
using Concordat.Client;
using Concordat.Samples.Bank.Processes;

namespace Concordat.Samples.Bank.Driver;

/// <summary>
/// Waits until everything has ended everywhere. When the last outcome is known, commits may still be on their way to a bank, and a
/// bank may hold funds for a transaction whose coordinator died before it decided: it asks, and is told.
/// </summary>
internal static class Settling
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static async Task<TimeSpan> WaitAsync(IConcordatClient coordinator, IReadOnlyList<BankClient> banks, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var open = await OpenAsync(coordinator, banks, cancellationToken);
            if (open.Length == 0)
            {
                return Stopwatch.GetElapsedTime(start);
            }

            if (Stopwatch.GetElapsedTime(start) > Limit)
            {
                throw new RunFailedException($"Not everything ended within {Limit.TotalSeconds:0} s after the last transfer: {open}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    /// <returns>What is unfinished, in words; empty when nothing is.</returns>
    private static async Task<string> OpenAsync(IConcordatClient coordinator, IReadOnlyList<BankClient> banks, CancellationToken cancellationToken)
    {
        var open = new List<string>();
        foreach (var bank in banks)
        {
            var status = await bank.StatusAsync(cancellationToken);
            if (status is not { Unfinished: 0, InDoubt: 0, Registered: true })
            {
                open.Add($"{bank.Name}: {status}");
            }
        }

        var participants = await coordinator.ListParticipantsAsync(cancellationToken);
        open.AddRange(participants.Items.Where(p => p.Unfinished != 0).Select(p => $"{p.Name} has {p.Unfinished} unfinished branches at the coordinator"));
        return string.Join("; ", open);
    }
}
