namespace Concordat.Cli.Output;

/// <summary>Where a command writes: data to <see cref="Out"/>, everything else to <see cref="Error"/>.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, int? width, Func<string, string?> environment)
{
    internal TextWriter Out { get; } = output;
    internal TextWriter Error { get; } = error;

    /// <summary>Columns of the screen; null where the output goes to a file or a pipe.</summary>
    internal int? Width { get; } = width;

    /// <summary>https://no-color.org: any value but the empty one.</summary>
    internal bool HasColor => Width is not null && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb";

    internal string? Variable(string name) => environment(name);

    internal static Terminal OfProcess() =>
        new(Console.Out, Console.Error, Console.IsOutputRedirected ? null : Console.WindowWidth, Environment.GetEnvironmentVariable);
}
