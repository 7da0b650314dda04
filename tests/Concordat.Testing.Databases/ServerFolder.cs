using System.Globalization;

namespace Concordat.Testing.Databases;

/// <summary>A server's own folder. Those of runs that were killed are removed by the next run.</summary>
internal static class ServerFolder
{
    private const string Prefix = "concordat-databases-";
    private static readonly Lazy<bool> Swept = new(Sweep);

    internal static async Task<string> CreateAsync(TextWriter output, string? owner)
    {
        _ = Swept.Value;
        var folder = Directory.CreateTempSubdirectory($"{Prefix}{Environment.ProcessId}-").FullName;
        if (owner is not null)
        {
            var (exitCode, said) = await Child.RunAsync(output, "chown", owner, folder);
            Assert.True(exitCode == 0, $"chown {owner} {folder} ended with {exitCode}: {said}");
        }

        return folder;
    }

    internal static void Delete(string folder)
    {
        SharedMemory.RemoveOf(folder);
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's, or another run deletes it too.
        }
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
}
