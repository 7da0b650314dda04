using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace Concordat.Bench.Http;

/// <summary>
/// Forced writes per transaction, counted by the kernel's side: <c>strace -f -c -e trace=fdatasync</c> around the server, a run of so
/// many transactions, less a run of none.
/// </summary>
internal static class SyncBench
{
    private const int Transactions = 2000;

    internal static async Task RunAsync(string directory)
    {
        Console.WriteLine("forced writes (fdatasync, counted by strace) per transaction over HTTP");
        Console.WriteLine($"{"concurrency",11} {"inquires",9} {"syncs/tx",9}");
        foreach (var (concurrency, inquires) in ((int, bool)[])[(1, true), (1, false), (64, true), (64, false)])
        {
            var idle = await CountAsync(directory, concurrency, inquires, 0);
            var busy = await CountAsync(directory, concurrency, inquires, Transactions);
            Console.WriteLine(FormattableString.Invariant($"{concurrency,11} {(inquires ? "yes" : "no"),9} {(busy - idle) / (double)Transactions,9:0.000}"));
        }
    }

    private static async Task<long> CountAsync(string directory, int concurrency, bool inquires, int transactions)
    {
        using var processes = new BenchProcesses();
        var data = Directory.CreateDirectory(Path.Combine(directory, $"syncs-{concurrency}-{inquires}-{transactions}")).FullName;
        var report = Path.Combine(data, "strace.txt");
        var (_, a) = await processes.StartAsync("dotnet", BenchProcesses.OwnDll, "participant");
        var (_, b) = await processes.StartAsync("dotnet", BenchProcesses.OwnDll, "participant");
        var (strace, server) = await processes.StartAsync(
            "strace", "-f", "-c", "-e", "trace=fdatasync", "-o", report, "dotnet", BenchProcesses.ServerDll, "serve", "--data", Path.Combine(data, "log"), "--urls", "http://127.0.0.1:0");
        await HttpBench.RegisterAsync(server, inquires, ("a", a), ("b", b));
        if (transactions > 0)
        {
            await processes.RunAsync(BenchProcesses.OwnDll, "count", server, concurrency.ToString(CultureInfo.InvariantCulture), transactions.ToString(CultureInfo.InvariantCulture));
        }

        // strace's only child is the server; a graceful stop lets strace write its report.
        var children = (await File.ReadAllTextAsync($"/proc/{strace.Id}/task/{strace.Id}/children")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using (var kill = Process.Start("kill", ["-TERM", children[0]]))
        {
            await kill.WaitForExitAsync();
        }

        await strace.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return await ReadCountAsync(report);
    }

    /// <summary>The fourth column of strace's table is the number of calls.</summary>
    private static async Task<long> ReadCountAsync(string report) =>
        (await File.ReadAllLinesAsync(report)).Where(line => line.TrimEnd().EndsWith("fdatasync", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture)).Single();
}
