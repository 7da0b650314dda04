namespace Concordat.Testing.Processes;

/// <summary>A small file system in memory that only those see who are started inside.</summary>
internal sealed class PrivateTmpfs : IAsyncDisposable
{
    private readonly PrivateNamespace _mounts;
    private readonly string _path;

    private PrivateTmpfs(PrivateNamespace mounts, string path) => (_mounts, _path) = (mounts, path);

    /// <summary>The same folder, seen from outside.</summary>
    internal string FromOutside => _mounts.FromOutside(_path);

    internal static async Task<PrivateTmpfs> MountAsync(TextWriter file, string path, int sizeBytes)
    {
        Directory.CreateDirectory(path);
        var mounts = await PrivateNamespace.CreateAsync(file, PrivateNamespace.Mounts);
        var (exitCode, output) = await mounts.TryAsync("mount", "-t", "tmpfs", "-o", $"size={sizeBytes}", "tmpfs", path);
        Assert.SkipWhen(exitCode != 0, $"not run: a small file system cannot be mounted here: {output}");
        return new PrivateTmpfs(mounts, path);
    }

    /// <summary>The command, run where the file system is seen.</summary>
    internal string[] Inside(params string[] command) => _mounts.Inside(command);

    public ValueTask DisposeAsync() => _mounts.DisposeAsync();
}
