using System.Globalization;

namespace Concordat.Torture.Tests.Machines;

/// <summary>
/// Folders of runs that were killed. Nothing else can be left: processes die with the tests, and mounts, loop devices and networks
/// are in namespaces that die with the processes.
/// </summary>
internal static class Leftovers
{
    private const string Prefix = "concordat-torture-";
    private static readonly Lazy<bool> Swept = new(Sweep);

    internal static string NewFolder()
    {
        _ = Swept.Value;
        return Directory.CreateTempSubdirectory($"{Prefix}{Environment.ProcessId}-").FullName;
    }

    private static bool Sweep()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            var owner = Path.GetFileName(folder)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out var id) && !Directory.Exists($"/proc/{id}"))
            {
                Delete(folder);
            }
        }

        return true;
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's, or another run deletes it too.
        }
    }
}
