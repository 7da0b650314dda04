using System.CommandLine;
using System.Runtime.InteropServices;
using Concordat.Samples.Orders.Api;
using Concordat.Samples.Orders.Demo;

// `Orders` runs the demonstration. `Orders serve …` is the API; the demonstration starts it.
if (args is ["serve", .. var settings])
{
    await OrdersApi.RunAsync(settings);
    return 0;
}

var count = new Option<int>("--orders") { Description = "How many are placed each way", DefaultValueFactory = _ => 50 };
count.Validators.Add(result =>
{
    if (result.Tokens.Count == 1 && (!int.TryParse(result.Tokens[0].Value, out var n) || n is < 1 or > 400))
    {
        result.AddError("--orders must be from 1 to 400");
    }
});
var kill = new Option<bool>("--kill") { Description = "Kill the API with SIGKILL while orders are prepared: before the decision, and after it" };
var root = new RootCommand("Places orders over two PostgreSQL databases and a MariaDB, and shows that each is everywhere or nowhere.") { count, kill };
root.SetAction((parsed, cancellationToken) => OrdersProgram.RunAsync(parsed.GetValue(count), parsed.GetValue(kill), cancellationToken));

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var command = root.Parse(args);
var exitCode = await command.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, stop.Token);
return command.Errors.Count > 0 ? 2 : exitCode;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
