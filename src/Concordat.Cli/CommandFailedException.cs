namespace Concordat.Cli;

/// <summary>A command cannot do what it was asked to. The message is for the person: what happened, to what, and what to do.</summary>
internal sealed class CommandFailedException(ExitCode exitCode, string message) : Exception(message)
{
    internal ExitCode ExitCode { get; } = exitCode;
}
