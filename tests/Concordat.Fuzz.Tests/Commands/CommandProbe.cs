using System.Text.Json;
using System.Text.RegularExpressions;
using Concordat.Cli;
using Concordat.Cli.Output;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Commands;

/// <summary>A command run as a process would run it, and what it came to.</summary>
internal sealed partial record CommandProbe(string[] Arguments, int ExitCode, string Out, string Error)
{
    /// <param name="limit">After this it is asked to stop, as by a signal.</param>
    public static async Task<CommandProbe> Run(string[] arguments, TimeSpan? limit = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var stop = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(20));
        var terminal = new Terminal(TextWriter.Synchronized(output), TextWriter.Synchronized(error), width: null, name => environment?.GetValueOrDefault(name));
        int exitCode;
        try
        {
            exitCode = await Bounded.Comes(Task.Run(() => CommandLine.RunAsync(arguments, terminal, stop.Token)), "the command ends");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // A process would have been ended by the signal.
            exitCode = 0;
        }

        return new CommandProbe(arguments, exitCode, output.ToString(), error.ToString());
    }

    /// <summary>What holds for every command, whatever it was asked.</summary>
    public void ShouldBeOrderly()
    {
        Assert.True(ExitCode is >= 0 and <= 6, $"{this}");
        Assert.False(StackTrace().IsMatch(Error) || StackTrace().IsMatch(Out), $"a stack trace: {this}");
        if (ExitCode is 1 or 3 or 6 && Arguments is not ["check" or "log", ..])
        {
            Assert.True(Error.Length > 0, $"no message: {this}");
        }

        if (ExitCode == 2)
        {
            Assert.True(Error.Length > 0 && Out.Length == 0, $"wrong usage: {this}");
        }

        if (ExitCode is 0 or 1 && IsJson && Out.Length > 0)
        {
            JsonDocument.Parse(Out, new JsonDocumentOptions { MaxDepth = 256 }).Dispose();
        }
    }

    public override string ToString() => $"concordat {string.Join(' ', Arguments.Select(a => $"'{Escaped.Of(System.Text.Encoding.UTF8.GetBytes(a))}'"))}\nexit code {ExitCode}\nout: {Cut(Out)}\nerror: {Cut(Error)}";

    private bool IsJson => Arguments is [.., "-o", "json"];

    private static string Cut(string text) => text.Length > 1500 ? text[..1500] : text;

    [GeneratedRegex(@"^\s+at [A-Za-z_.`<>]+\(.*\)", RegexOptions.Multiline, 2000)]
    private static partial Regex StackTrace();
}
