using System.Text.RegularExpressions;

namespace Concordat.Testing.Processes;

/// <summary>
/// Mounts, or a network, that only those see who are started inside. The kernel keeps them as long as a process is in there, and one
/// sleeps in there until this is disposed or the tests die: so nothing stays mounted or plugged in, however the tests end, and
/// nothing has a name that another run could meet.
/// </summary>
internal sealed partial class PrivateNamespace : IAsyncDisposable
{
    internal const string Mounts = "mount";
    internal const string Network = "net";
    private readonly Child _holder;
    private readonly string _kind;
    private readonly TextWriter _file;

    private PrivateNamespace(Child holder, string kind, TextWriter file) => (_holder, _kind, _file) = (holder, kind, file);

    /// <summary>The process that holds it open.</summary>
    internal int Holder => _holder.Id;

    internal static async Task<PrivateNamespace> CreateAsync(TextWriter file, string kind)
    {
        Assert.SkipWhen(Programs.Find("unshare") is null || Programs.Find("nsenter") is null, "not run: unshare or nsenter (util-linux) is not installed");
        var holder = await Child.StartAsync(file, ["unshare", $"--{kind}", "sh", "-c", "echo made && exec sleep infinity"]);
        if (await holder.PrintsAsync(Made()) is null)
        {
            Assert.Skip($"not run: a {kind} namespace of one's own needs root, and here says: {holder.Output}");
        }

        return new PrivateNamespace(holder, kind, file);
    }

    /// <summary>The command, run inside.</summary>
    internal string[] Inside(params string[] command) => ["nsenter", "--target", $"{Holder}", $"--{_kind}", .. ChildStarter.DyingWithParent(command)];

    /// <summary>A path of inside, for this process.</summary>
    internal string FromOutside(string path) => $"/proc/{Holder}/root{path}";

    /// <summary>Runs it inside, to its end.</summary>
    internal Task<(int ExitCode, string Output)> TryAsync(params string[] command) => Child.RunAsync(_file, Inside(command));

    internal async Task RunAsync(params string[] command)
    {
        var (exitCode, output) = await TryAsync(command);
        Assert.True(exitCode == 0, $"{string.Join(' ', command)} ended with {exitCode}: {output}");
    }

    public ValueTask DisposeAsync() => _holder.DisposeAsync();

    [GeneratedRegex("^made", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Made();
}
