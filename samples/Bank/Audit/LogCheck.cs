using Concordat.Samples.Bank.Processes;

namespace Concordat.Samples.Bank.Audit;

/// <summary>
/// <c>concordat check</c>: the third witness. It reads the three logs as they lie on disk and compares every vote, decision and
/// acknowledgement in them. A log has one owner at a time, so the processes have to be gone.
/// </summary>
internal static class LogCheck
{
    private const int LastLines = 10;

    public static async Task<AuditCheck> RunAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        var outputFile = Path.Combine(cluster.Folder, "check.log");
        var banks = cluster.Banks.SelectMany(bank => new[] { "--participant", bank.DataDirectory });
        int exitCode;
        await using (var output = TextWriter.Synchronized(new StreamWriter(outputFile) { AutoFlush = true }))
        {
            exitCode = await cluster.RunToolAsync([Cluster.Beside("concordat.dll"), "check", "--data", cluster.Coordinator.DataDirectory, .. banks], output, cancellationToken);
        }

        return new AuditCheck(
            "the three logs agree with one another (concordat check)",
            exitCode == 0 ? [] : [$"exit code {exitCode}; all of it in {outputFile}", .. (await File.ReadAllLinesAsync(outputFile, cancellationToken)).TakeLast(LastLines)]);
    }
}
