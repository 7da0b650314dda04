using System.Collections.Concurrent;
using System.Diagnostics;
using Concordat.Client;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Driver;

namespace Concordat.Torture.Tests.Clients;

/// <summary>
/// Clients that move money, one transfer after the other, and ask for each, under its key, until they are told what became of it:
/// through everything that is done to the processes meanwhile.
/// </summary>
/// <param name="name">The name of its transactions, by which the coordinator lists them.</param>
internal sealed class Load(IConcordatClient coordinator, Money money, string name, TimeSpan timeout)
{
    private const int Clients = 6;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan PatienceForOne = TimeSpan.FromMinutes(3);
    private readonly ConcurrentQueue<TransferResult> _results = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp = new();
    private Task _clients = Task.CompletedTask;
    private int _lost;
    private int _refused;

    /// <summary>Transfers whose outcome was told.</summary>
    internal int Told => _results.Count;

    /// <summary>Of these, aborted because somebody did not answer in time or could not be reached.</summary>
    internal int CutShort => _results.Count(r => r.Reason is "not decided in time" or "a bank could not be reached");

    /// <summary>Of these, what a reason says.</summary>
    internal int AbortedBecause(string reason) => _results.Count(r => r.Reason == reason);

    /// <summary>Requests that were not answered.</summary>
    internal int Lost => Volatile.Read(ref _lost);

    /// <summary>Requests that were answered "not now".</summary>
    internal int Refused => Volatile.Read(ref _refused);

    /// <summary>Transfers that committed, and in which a bank takes part; any, for the name of the coordinator.</summary>
    internal int Committed(string process) => _results.Count(r =>
        r.Outcome == Outcome.Committed && (!process.StartsWith("bank", StringComparison.Ordinal) || r.Transfer.From.Bank == process || r.Transfer.To.Bank == process));

    internal void Start() => _clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(MoveForEverAsync)));

    /// <summary>Waits until a condition holds. Ends at once when a client has failed.</summary>
    internal async Task UntilAsync(string condition, Func<bool> holds)
    {
        await Until.TrueAsync(condition, () => holds() || _clients.IsFaulted);
        if (_clients.IsFaulted)
        {
            await _clients;
        }
    }

    internal Task IsToldAsync(int more)
    {
        var before = Told;
        return UntilAsync($"{more} more transfers are told", () => Told >= before + more);
    }

    /// <summary>Waits until what is under way is told, then gives all results.</summary>
    internal async Task<TransferResult[]> StopAsync()
    {
        await _stop.CancelAsync();
        await _clients;
        return [.. _results];
    }

    /// <summary>The test has failed: nobody waits any longer.</summary>
    internal async Task GiveUpAsync()
    {
        await _stop.CancelAsync();
        await _giveUp.CancelAsync();
        await _clients.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>One more transfer, now.</summary>
    internal async Task<TransferResult> MoveAsync()
    {
        var transfer = money.Next();
        var request = transfer.ToRequest() with { Name = name, TimeoutSeconds = timeout.TotalSeconds };
        var key = $"{name}-{transfer.Number}";
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                var document = await coordinator.TryRunAsync(request, key, _giveUp.Token);
                var result = TransferResult.From(transfer, document, Stopwatch.GetElapsedTime(start));
                _results.Enqueue(result);
                return result;
            }
            catch (ConcordatException e) when (Stopwatch.GetElapsedTime(start) < PatienceForOne && IsToBeAskedAgain(e))
            {
                await Task.Delay(Pace, _giveUp.Token);
            }
        }
    }

    internal static bool IsBusinessAsUsual(TransferResult result) => result.Outcome == Outcome.Committed || result.Reason == Reasons.InsufficientFunds;

    private bool IsToBeAskedAgain(ConcordatException e)
    {
        switch (e)
        {
            case CoordinatorOverloadedException:
                Interlocked.Increment(ref _refused);
                return true;
            case CoordinatorUnreachableException or OutcomeNotKnownException:
                Interlocked.Increment(ref _lost);
                return true;
            default:
                return false;
        }
    }

    private async Task MoveForEverAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await MoveAsync();
            await Task.Delay(Pace, _giveUp.Token);
        }
    }
}
