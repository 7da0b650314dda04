using Concordat.Cli.Checking;
using Concordat.Cli.Logs;
using Concordat.Log;
using Concordat.Simulation;

namespace Concordat.Cli.Simulating;

/// <summary>The logs that a simulated run leaves, as the other commands see them.</summary>
internal static class SimulatedLogs
{
    /// <summary>What <c>concordat check</c> finds in them; null where it finds nothing.</summary>
    internal static string? Check(SimulationResult result)
    {
        var coordinator = result.Disks[0].Disk;
        var number = LogAudit.CoordinatorNumber(coordinator);
        var audit = LogAudit.Run(
            () => HeldLogStorage.Open(coordinator),
            number,
            [.. result.Disks.Skip(1).Select<(string, MemoryLogStorage Disk), Func<HeldLogStorage>>(d => () => HeldLogStorage.Open(d.Disk))]);
        return audit.Findings.Total == 0 ? null : $"concordat check: {audit.Findings.Violations[0].Kind}: {audit.Findings.Violations[0].Text}";
    }

    /// <summary>Writes them as data directories: one for the coordinator, one for each participant.</summary>
    internal static void Save(SimulationResult result, string directory)
    {
        foreach (var (name, disk) in result.Disks)
        {
            var place = Path.Combine(directory, name);
            if (Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any())
            {
                throw new CommandFailedException(ExitCode.AbortedOrConflict, $"'{place}' is not empty; name a directory that is, or none");
            }

            Directory.CreateDirectory(place);
            foreach (var (file, bytes) in disk.Snapshot())
            {
                File.WriteAllBytes(Path.Combine(place, file), bytes);
            }
        }
    }
}
