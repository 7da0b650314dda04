using System.Globalization;
using System.Runtime.InteropServices;

namespace Concordat.Testing.Databases;

/// <summary>
/// The segment by which PostgreSQL notices that processes of an earlier start still live. A killed server leaves it, and only a start on the same folder
/// would take it away. (All other memory of it is anonymous or, by its settings, files in its folder.)
/// </summary>
internal static partial class SharedMemory
{
    private const int Remove = 0;
    private const int LineOfSegment = 6;

    /// <summary>Of a server that does not run any more. One that a process still has lives as long as that.</summary>
    internal static void RemoveOf(string folder)
    {
        if (IdOf(folder) is { } id)
        {
            // It may be gone, or another user's: then there is nothing to do here.
            _ = Control(id, Remove, 0);
        }
    }

    /// <summary>As the server itself has noted: key and id.</summary>
    internal static int? IdOf(string folder)
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(folder, "postmaster.pid"));
            return lines.Length > LineOfSegment && lines[LineOfSegment].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var id]
                ? int.Parse(id, CultureInfo.InvariantCulture)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "shmctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int id, int command, nint buffer);
}
