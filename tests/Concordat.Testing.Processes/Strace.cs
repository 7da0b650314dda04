using System.Text.RegularExpressions;

namespace Concordat.Testing.Processes;

/// <summary>
/// Faults in the system calls of a real process that runs. It is attached at the moment that the test chooses, so that "the next
/// sync" is the next one, whatever came before.
/// </summary>
internal sealed partial class Strace : IAsyncDisposable
{
    private readonly Child _strace;

    private Strace(Child strace) => _strace = strace;

    /// <param name="inject">As after <c>strace -e inject=</c>, such as <c>fdatasync:error=EIO</c>.</param>
    internal static async Task<Strace> AttachAsync(Service service, string folder, string inject)
    {
        Assert.SkipWhen(Programs.Find("strace") is null, "not run: strace is not installed, and nothing else puts faults into system calls");
        var calls = inject[..inject.IndexOf(':', StringComparison.Ordinal)];
        var trace = Path.Combine(folder, "strace.txt");
        var strace = await Child.StartAsync(
            service.File, ["strace", "-f", "-o", trace, "-e", $"trace={calls}", "-e", $"inject={inject}", "-p", $"{service.Process.Id}"]);
        var attached = await strace.PrintsAsync(Attached());
        if (attached is null)
        {
            Assert.Skip($"not run: strace may not attach to another process here: {strace.Output}");
        }

        return new Strace(strace);
    }

    public ValueTask DisposeAsync() => _strace.DisposeAsync();

    [GeneratedRegex("attached", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Attached();
}
