using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Concordat.Cli.Output;

namespace Concordat.Cli.Serving;

/// <summary>
/// Ends the process with nothing run after: no finalizers, no handlers, no answers. After a failed write nobody knows what is on the
/// disk, and whatever still ran could tell somebody what is not so.
/// </summary>
internal static partial class ProcessEnd
{
    [DoesNotReturn]
    internal static void AtOnce(Terminal terminal, Exception cause) =>
        AtOnce(terminal, $"stopped at once, and a restart recovers from the log: {cause}");

    [DoesNotReturn]
    internal static void AtOnce(Terminal terminal, string message)
    {
        try
        {
            terminal.Error.WriteLine("concordat: " + message);
            terminal.Error.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Nobody reads it; the exit code still says it.
        }
        finally
        {
            Exit((int)ExitCode.Error);
        }

        throw new InvalidOperationException("the process outlived _exit");
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void Exit(int status);
}
