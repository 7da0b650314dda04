namespace Concordat.Samples.Bank.Processes;

/// <summary>The run cannot go on; the message says why, for a person.</summary>
internal sealed class RunFailedException(string message, Exception? inner = null) : Exception(message, inner);
