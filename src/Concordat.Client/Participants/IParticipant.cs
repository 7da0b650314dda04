namespace Concordat.Client.Participants;

/// <summary>The participant of this process.</summary>
public interface IParticipant
{
    /// <summary>
    /// Changes the state of an <see cref="ILoggedResourceManager"/> outside any transaction. The change is durable when it returns.
    /// </summary>
    /// <param name="change">What <see cref="ILoggedResourceManager.Apply"/> is given, now and at every replay.</param>
    /// <param name="cancellationToken">Ends the wait only: the change may have been made and may become durable.</param>
    /// <exception cref="ParticipantUnavailableException">The queue or the log is full, or the host stops. Nothing was changed.</exception>
    /// <exception cref="NotSupportedException">The resource manager has a store of its own.</exception>
    Task ApplyAsync(ReadOnlyMemory<byte> change, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs a function on the thread of an <see cref="ILoggedResourceManager"/>, between two changes. Its result is given when all that
    /// it can have seen is durable. An exception of the function goes to the caller.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait only: the function may still run.</param>
    /// <exception cref="ParticipantUnavailableException">The queue is full, or the host stops.</exception>
    Task<T> ReadAsync<T>(Func<T> read, CancellationToken cancellationToken = default);

    /// <summary>How it stands now.</summary>
    ParticipantStatus Status { get; }
}

/// <param name="Running">Its log is read and it answers.</param>
/// <param name="Registered">The coordinator knows its address.</param>
/// <param name="Unfinished">Branches that have not ended.</param>
/// <param name="InDoubt">Of these, promised and not told.</param>
/// <param name="Remembered">Ended branches that are remembered.</param>
public sealed record ParticipantStatus(bool Running, bool Registered, int Unfinished, int InDoubt, int Remembered);
