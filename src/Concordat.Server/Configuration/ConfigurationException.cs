namespace Concordat.Server.Configuration;

/// <summary>The server cannot start as it is configured. The message is for the person who starts it: what is wrong, and what to set.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
