using System.Runtime.InteropServices;
using Concordat.Samples.Trip.Demo;
using Concordat.Samples.Trip.Services;

// `Trip` runs the demonstration. `Trip serve …` is a service: the demonstration starts three of them.
switch (args)
{
    case ["serve", .. var settings]:
        await TripService.RunAsync(settings);
        return 0;
    case []:
        break;
    default:
        await Console.Error.WriteLineAsync($"trip: '{string.Join(' ', args)}' is not known; there is nothing to be said");
        return 2;
}

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await TripProgram.RunAsync(stop.Token);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
