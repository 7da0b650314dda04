using System.Buffers;

namespace Concordat.Client.Participants;

/// <summary>
/// State in memory that <em>is</em> the participant's log: every change is recorded in the same step, in the same order, so nothing can
/// be applied twice or lost between two stores. After a restart the same methods are called in the same order and must lead to the
/// same state: they depend on the state and their arguments and on nothing else (no clock, no randomness, no other service).
/// </summary>
/// <remarks>
/// All calls come from one thread, one after the other; so do the functions given to <see cref="IParticipant.ReadAsync{T}"/>. They
/// must be quick: everybody waits for them.
/// </remarks>
public interface ILoggedResourceManager
{
    /// <summary>
    /// Looks whether the branch can be done, sets aside what it needs, and votes. Check first, then change: after a no, a read-only
    /// vote or an exception (which counts as a no) the state is as before.
    /// </summary>
    VoteResult Prepare(BranchContext branch);

    /// <summary>Makes what was set aside final. It has promised to succeed: an exception stops the process.</summary>
    void Commit(BranchContext branch);

    /// <summary>Gives back what was set aside. It has promised to succeed: an exception stops the process.</summary>
    void Rollback(BranchContext branch);

    /// <summary>
    /// A change outside any transaction, from <see cref="IParticipant.ApplyAsync"/>. Check first, then change: an exception goes to the
    /// caller, nothing is recorded, and the state is as before.
    /// </summary>
    void Apply(ReadOnlySpan<byte> change);

    /// <summary>Writes the whole state, what is set aside for branches included.</summary>
    void Save(IBufferWriter<byte> to);

    /// <summary>Replaces the whole state by a saved one.</summary>
    void Load(ReadOnlySpan<byte> saved);
}
