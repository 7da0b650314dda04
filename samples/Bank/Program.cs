using System.CommandLine;
using System.Runtime.InteropServices;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Driver;

// `Bank` runs the demonstration. `Bank serve-bank …` is one of the banks; the demonstration starts two of these.
var transfers = new Option<int?>("--transfers") { Description = "How many transfers (default 10000)" };
var concurrency = new Option<int?>("--concurrency") { Description = "How many at a time (default 64)" };
var accounts = new Option<int?>("--accounts") { Description = "Accounts of both banks together (default 1000)" };
var kills = new Option<int?>("--kills") { Description = "How often each of the three processes is killed with SIGKILL (default 3)" };
var seed = new Option<int?>("--seed") { Description = "Chooses balances, transfers and where the kills fall (default: another one each time)" };
var keep = new Option<bool>("--keep") { Description = "Have everything up afterwards, until Ctrl-C, and keep the data" };
var small = new Option<bool>("--short") { Description = "2000 transfers and 1 kill of each process, unless told otherwise" };
var root = new RootCommand("Moves money between two banks while a coordinator and both banks are killed, and audits what is left.")
{
    transfers, concurrency, accounts, kills, seed, keep, small,
};
root.Validators.Add(command =>
{
    if (command.GetValue(transfers) is < 1 or > 10_000_000) command.AddError("--transfers must be from 1 to 10000000");
    if (command.GetValue(concurrency) is < 1 or > 1_000) command.AddError("--concurrency must be from 1 to 1000");
    if (command.GetValue(accounts) is < 4 or > 100_000) command.AddError("--accounts must be from 4 to 100000");
    if (command.GetValue(kills) is < 0 or > 100) command.AddError("--kills must be from 0 to 100");
});
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
            parsed.GetValue(keep)),
        cancellationToken);
});

var name = new Argument<string>("name");
var data = new Option<string>("--data") { Required = true };
var port = new Option<int>("--port");
var coordinator = new Option<string>("--coordinator") { Required = true };
var serveBank = new Command("serve-bank", "One bank") { name, data, port, coordinator };
serveBank.Hidden = true;
serveBank.SetAction(parsed => BankHost.RunAsync(new BankSettings(
    parsed.GetRequiredValue(name), parsed.GetRequiredValue(data), parsed.GetValue(port), new Uri(parsed.GetRequiredValue(coordinator)))));
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
