namespace Concordat.Client.Participants;

/// <summary>
/// Code in front of a durable store of its own: a database, a queue, another service. The SDK keeps the promise, the memory and
/// the conversation with the coordinator; this keeps the data.
/// </summary>
/// <remarks>
/// The store and the participant's log are two things, so a crash can fall between them. Hence every method may be called again
/// for the same <see cref="BranchContext.Key"/>, and the second call must find out by that key what the first one did:
/// <list type="bullet">
/// <item><see cref="PrepareAsync"/> again, after it threw or the process died: vote the same.</item>
/// <item><see cref="CommitAsync"/> again, after the store committed and before the log said so: do nothing and return.</item>
/// <item><see cref="RollbackAsync"/> for a branch that was never, or only half, prepared: undo what there is and return.</item>
/// </list>
/// For one branch there is never more than one call at a time; different branches are called in parallel.
/// </remarks>
public interface IResourceManager
{
    /// <summary>
    /// Does the work so that it can still be committed or undone, durably, and votes. After a no or a read-only vote nothing of it
    /// may be left.
    /// </summary>
    /// <param name="cancellationToken">Fires when the host stops. What was prepared by then is rolled back after the restart.</param>
    Task<VoteResult> PrepareAsync(BranchContext branch, CancellationToken cancellationToken);

    /// <summary>
    /// Makes what was prepared final. When it throws it is called again, with backoff, for ever. <see cref="BranchNotHeldException"/>
    /// says that the store knows that it does not have the branch: a hazard, shown at the coordinator.
    /// </summary>
    Task CommitAsync(BranchContext branch, CancellationToken cancellationToken);

    /// <summary>Undoes what was prepared, if anything. When it throws it is called again, with backoff, for ever.</summary>
    Task RollbackAsync(BranchContext branch, CancellationToken cancellationToken);
}

/// <summary>Thrown by a resource manager that is told to commit what it knows that it does not have, although it voted yes.</summary>
public sealed class BranchNotHeldException(string message, Exception? inner = null) : Exception(message, inner);
