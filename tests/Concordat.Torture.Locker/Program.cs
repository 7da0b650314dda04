using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Concordat;
using Concordat.Client;
using Microsoft.Extensions.DependencyInjection;

// An application that locks a few keys out of very few, in any order and mode, has two banks move a cent from an account to itself, and commits; again and again, with
// several workers, until SIGTERM. Before it commits it says what it holds:
//   holds <transaction> <from> <to> <key>:<mode>:<token> … .
// The times are ticks of the machine's steady clock: after its last lock was granted, and before it asks to commit. A line without its final dot was cut off.
if (args is not [var coordinator, var name, var seed, .. { Length: >= 1 } banks])
{
    await Console.Error.WriteLineAsync("usage: Concordat.Torture.Locker COORDINATOR NAME SEED BANK…");
    return 2;
}

const int Workers = 4, Keys = 6, MostKeys = 3;
var lockWait = TimeSpan.FromSeconds(2);
var pause = TimeSpan.FromMilliseconds(10);
var begin = new BeginOptions { Name = name, Timeout = TimeSpan.FromSeconds(4) };
var services = new ServiceCollection().AddLogging();
services.AddConcordatClient(o => (o.Address, o.RetryBudget, o.AttemptTimeout) = (new Uri(coordinator), TimeSpan.Zero, TimeSpan.FromSeconds(5)));
await using var provider = services.BuildServiceProvider();
var client = provider.GetRequiredService<IConcordatClient>();
using var stop = new CancellationTokenSource();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stop.Cancel();
});
var said = new Lock();
Say("works");
await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(new Random(int.Parse(seed, CultureInfo.InvariantCulture) + worker)))));
return 0;

async Task WorkAsync(Random dice)
{
    while (!stop.IsCancellationRequested)
    {
        try
        {
            await OnceAsync(dice);
        }
        catch (DeadlockVictimException e)
        {
            Say($"victim of {e.Cycle.Count}");
        }
        catch (ConcordatException e)
        {
            // The coordinator or a bank is down, a lock was not to be had, it was too late: whoever takes locks must bear all of it.
            Say($"not: {e.GetType().Name}");
            await Task.Delay(pause);
        }
    }
}

async Task OnceAsync(Random dice)
{
    await using var transaction = await client.BeginAsync(begin);
    var keys = Enumerable.Range(0, Keys).OrderBy(_ => dice.Next()).Take(dice.Next(1, MostKeys + 1)).Select(key => $"key/{key}").ToList();
    var held = new List<string>();
    foreach (var key in keys)
    {
        var mode = dice.Next(3) == 0 ? LockMode.Shared : LockMode.Exclusive;
        var token = await transaction.LockAsync(key, mode, lockWait);
        if (mode == LockMode.Shared && dice.Next(3) == 0)
        {
            token = await transaction.LockAsync(key, mode = LockMode.Exclusive, lockWait);
        }

        held.Add($"{key}:{mode}:{token}");
    }

    var from = Stopwatch.GetTimestamp();
    foreach (var bank in banks.OrderBy(_ => dice.Next()).Take(2))
    {
        var account = bank + "-00";
        await transaction.EnlistAsync(bank, Operations.Of("debit", account, new { amount = 1 }), Operations.Of("credit", account, new { amount = 1 }));
    }

    Say($"holds {transaction.Id} {from} {Stopwatch.GetTimestamp()} {string.Join(' ', held)} .");
    await transaction.CommitAsync();
}

void Say(string line)
{
    lock (said)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
