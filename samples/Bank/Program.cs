using System.CommandLine;
using System.Runtime.InteropServices;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Driver;

// `Bank` runs the demonstration. `Bank serve-bank …` is one of the banks; the demonstration starts two of these.
var transfers = Number("--transfers", "How many transfers (default 10000)", 1, 10_000_000);
var concurrency = Number("--concurrency", "How many at a time (default 64)", 1, 1_000);
var accounts = Number("--accounts", "Accounts of both banks together (default 1000)", 4, 100_000);
var kills = Number("--kills", "How often each of the three processes is killed with SIGKILL (default 3)", 0, 100);
var seed = Number("--seed", "Chooses balances, transfers and where the kills fall (default: another one each time)", 0, int.MaxValue);
var store = new Option<Store>("--store") { Description = "Where the banks keep their accounts: in the log of the SDK (log, the default), or in PostgreSQL (postgres), which is killed, too" };
var locks = new Option<LockOrder>("--locks") { Description = "Lock both accounts of a transfer first: none (the default), ordered (in one call), or random (one after the other, which deadlocks)" };
var keep = new Option<bool>("--keep") { Description = "Have everything up afterwards, until Ctrl-C, and keep the data" };
var small = new Option<bool>("--short") { Description = "2000 transfers and 1 kill of each process, unless told otherwise" };
var root = new RootCommand("Moves money between two banks while a coordinator and both banks are killed, and audits what is left.")
{
    transfers, concurrency, accounts, kills, seed, store, locks, keep, small,
};
root.SetAction((parsed, cancellationToken) =>
{
    var standard = parsed.GetValue(small) ? RunOptions.Short : RunOptions.Full;
    return BankProgram.RunAsync(
        new RunOptions(
            parsed.GetValue(transfers) ?? standard.Transfers,
            parsed.GetValue(concurrency) ?? standard.Concurrency,
            parsed.GetValue(accounts) ?? standard.Accounts,
            parsed.GetValue(kills) ?? standard.Kills,
            parsed.GetValue(seed) ?? Random.Shared.Next(1, 1_000_000),
            parsed.GetValue(keep),
            parsed.GetValue(store),
            parsed.GetValue(locks)),
        cancellationToken);
});

var name = new Argument<string>("name");
var data = new Option<string>("--data") { Required = true };
var port = new Option<int>("--port");
var coordinator = new Option<string>("--coordinator") { Required = true };
var postgres = new Option<string?>("--postgres");
var serveBank = new Command("serve-bank", "One bank") { name, data, port, coordinator, postgres };
serveBank.Hidden = true;
serveBank.SetAction(parsed => BankHost.RunAsync(new BankSettings(
    parsed.GetRequiredValue(name), parsed.GetRequiredValue(data), parsed.GetValue(port), new Uri(parsed.GetRequiredValue(coordinator)))
    {
        Postgres = parsed.GetValue(postgres),
    }));
root.Subcommands.Add(serveBank);

var command = root.Parse(args);
if (command.CommandResult.Command == serveBank)
{
    // The web host handles signals by itself.
    return await command.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
}

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var exitCode = await command.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, stop.Token);
return command.Errors.Count > 0 ? 2 : exitCode;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static Option<int?> Number(string name, string description, int least, int most) => new(name)
{
    Description = description,
    HelpName = "N",
    CustomParser = result =>
    {
        if (int.TryParse(result.Tokens.Single().Value, out var value) && value >= least && value <= most)
        {
            return value;
        }

        result.AddError($"{name} is '{result.Tokens.Single().Value}'; it must be from {least} to {most}");
        return null;
    },
};
