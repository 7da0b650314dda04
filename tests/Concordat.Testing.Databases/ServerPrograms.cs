namespace Concordat.Testing.Databases;

/// <summary>The programs of database servers, which distributions do not all put on PATH.</summary>
internal static class ServerPrograms
{
    private static readonly string[] SystemFolders = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin"];

    /// <summary>The newest server below /usr/lib/postgresql (Debian) or /usr/pgsql-* (Red Hat), unless PATH has one.</summary>
    internal static string? Postgres(string name) => Programs.Find(name) ?? Versions("/usr/lib/postgresql", "*").Concat(Versions("/usr", "pgsql-*"))
        .Select(folder => Path.Combine(folder, "bin", name))
        .FirstOrDefault(File.Exists);

    internal static string? MariaDb(string name) => Programs.Find(name) ?? SystemFolders
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    private static IEnumerable<string> Versions(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).OrderByDescending(VersionOf) : [];

    /// <summary>15 of "15" and of "pgsql-15".</summary>
    private static int VersionOf(string folder) => int.TryParse(Path.GetFileName(folder).Split('-')[^1], out var version) ? version : 0;
}
