namespace Concordat.Core.Recovery;

/// <summary>The frames of the log are good and its records contradict each other: a bug wrote it, or somebody edited it. It stops the start.</summary>
public sealed class ImpossibleLogException(string message, Exception? inner = null) : Exception(message, inner);
