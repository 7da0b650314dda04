using Concordat.Cli.Output;

namespace Concordat.Cli.Tests.Support;

/// <summary>A command as a process would run it, with what it wrote and its exit code.</summary>
internal sealed record CommandRun(int ExitCode, string Out, string Error)
{
    internal static Task<CommandRun> OfAsync(params string[] arguments) => OfAsync(new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    internal static async Task<CommandRun> OfAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, width: null, environment.GetValueOrDefault);
        var exitCode = await CommandLine.RunAsync(arguments, terminal, TestContext.Current.CancellationToken);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}
