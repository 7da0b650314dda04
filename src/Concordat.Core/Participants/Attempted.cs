namespace Concordat.Core.Participants;

/// <summary>What is tried until it has its answer. Also the timer of its next attempt.</summary>
internal abstract class Attempted : TimerNode
{
    /// <summary>Attempts in the present phase, for people.</summary>
    internal int AttemptsInPhase;

    /// <summary>Failures in a row, for the backoff.</summary>
    internal int Failures;

    internal string? LastError;
}
