using System.Globalization;

namespace Concordat.Testing.Processes;

/// <summary>
/// A small file system in memory, in a mount namespace of its own that a sleeping process holds open: it goes with that process, so
/// nothing stays mounted even when the tests are killed.
/// </summary>
internal sealed class PrivateTmpfs : IAsyncDisposable
{
    private readonly Child _holder;
    private readonly string _path;

    private PrivateTmpfs(Child holder, string path) => (_holder, _path) = (holder, path);

    /// <summary>The same folder, seen from outside.</summary>
    internal string FromOutside => $"/proc/{_holder.Id}/root{_path}";

    internal static async Task<PrivateTmpfs> MountAsync(TextWriter file, string path, int sizeBytes)
    {
        Assert.SkipWhen(Programs.Find("unshare") is null || Programs.Find("nsenter") is null, "unshare and nsenter (util-linux) are not installed");
        Directory.CreateDirectory(path);
        var size = sizeBytes.ToString(CultureInfo.InvariantCulture);
        var holder = await Child.StartAsync(
            file, ["unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=$1 tmpfs \"$2\" && echo mounted && exec sleep infinity", "sh", size, path]);
        if (await holder.PrintsAsync(new("^mounted", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1))) is null)
        {
            Assert.Skip($"a small file system cannot be mounted here, which needs root: {holder.Output}");
        }

        return new PrivateTmpfs(holder, path);
    }

    /// <summary>The command, run where the file system is seen.</summary>
    internal string[] Inside(params string[] command) => ["nsenter", "--target", $"{_holder.Id}", "--mount", .. ChildStarter.DyingWithParent(command)];

    public ValueTask DisposeAsync() => _holder.DisposeAsync();
}
