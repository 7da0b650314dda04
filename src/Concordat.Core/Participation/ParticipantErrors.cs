namespace Concordat.Core.Participation;

/// <summary>The participant's machine, or its host, was about to break a rule of the protocol. A bug: report it.</summary>
public sealed class ParticipantInvariantException(string message) : Exception($"Participant invariant broken: {message}");

/// <summary>A participant's log says something that cannot have happened, or belongs to somebody else. It stops the start.</summary>
public sealed class ParticipantHistoryException(string message, Exception? inner = null) : Exception(message, inner);
