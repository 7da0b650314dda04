using System.Globalization;
using System.Net;
using Concordat.Samples.Bank.BankService;

// A bank of samples/Bank, on an address of one's choice, with the smallest files: so that even a short run begins new ones, writes
// checkpoints and lets old ones go, and breaks in the middle of that too.
if (args is not [var name, var data, var address, var port, var coordinator])
{
    await Console.Error.WriteLineAsync("usage: Concordat.Torture.Bank NAME DATA-DIRECTORY ADDRESS PORT COORDINATOR");
    return 2;
}

await BankHost.RunAsync(new BankSettings(name, data, int.Parse(port, CultureInfo.InvariantCulture), new Uri(coordinator))
{
    Address = IPAddress.Parse(address),
    Adjust = static options =>
    {
        options.SegmentSizeBytes = 64 * 1024;
        options.CheckpointEveryBytes = 256 * 1024;
        options.InquireAfter = TimeSpan.FromSeconds(0.5);
        options.CoordinatorTimeout = TimeSpan.FromSeconds(1);

        // Clocks are set two hours apart, which the default (5 minutes) calls too far.
        options.LatenessAllowance = TimeSpan.FromHours(3);
    },
});
return 0;
