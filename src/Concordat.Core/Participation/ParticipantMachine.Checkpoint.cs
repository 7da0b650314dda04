using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.Records.ParticipantRecord;

// Everything that is live, in few records, so that older segments of the log can go.
public sealed partial class ParticipantMachine
{
    /// <summary>
    /// The records of a checkpoint, to be written in one go with nothing between them. Votes of no and read-only are not among
    /// them: they are remembered in memory only.
    /// </summary>
    /// <param name="resourceState">The saved state of the resource manager, in pieces; empty where it has its own store.</param>
    public IEnumerable<ParticipantRecord> Checkpoint(LogOwner owner, IReadOnlyList<byte[]> resourceState)
    {
        yield return new CheckpointStarted(owner, [.. _coordinators.Select(c => new EndedMark(c.Key, c.Value.EndedBefore))]);
        var branches = 0;
        foreach (var branch in _branches.Values)
        {
            if (RecordOf(branch) is { } record)
            {
                branches++;
                yield return record;
            }
        }

        foreach (var piece in resourceState)
        {
            yield return new ResourceState(piece);
        }

        yield return new CheckpointEnded(branches, resourceState.Count);
    }

    private OfBranch? RecordOf(Branch branch)
    {
        var mark = MarkOf(branch.Key.Transaction);
        return branch.Phase switch
        {
            BranchPhase.Left => null,
            BranchPhase.Committed => new Committed(
                branch.Key, branch.Terms.CreatedAt, mark, branch.OnePhase, branch.Vote, branch.Evidence, Operations: null),
            BranchPhase.RolledBack => RolledBackRecord(branch),
            _ when branch.Promised => new Prepared(branch.Key, branch.Terms, mark, branch.OnePhase, branch.Evidence),
            _ => new Preparing(branch.Key, branch.Terms, mark, branch.OnePhase),
        };
    }
}
