using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.Records.ParticipantRecord;

/// <summary>
/// Reads a participant's log from its oldest record to its newest. A checkpoint replaces what was before it once its last record
/// is there. Where older segments were removed the log begins in the middle: then everything before the first whole checkpoint
/// is skipped, since that checkpoint holds it.
/// </summary>
public sealed class ParticipantReplay(ParticipantMachine machine, LogOwner expected, IReplayedResource? resource)
{
    private bool _fromTheStart;
    private bool _any;
    private PendingCheckpoint? _pending;

    private sealed record PendingCheckpoint(CheckpointStarted Start, List<OfBranch> Branches, List<byte[]> Pieces);

    /// <summary>The highest run that was read; 0 for an empty log.</summary>
    public ulong LastRun { get; private set; }

    public void Take(ParticipantRecord record)
    {
        if (!_any)
        {
            _any = true;
            _fromTheStart = record is Opened { Owner.Run: 1 };
        }

        switch (record)
        {
            case Opened r:
                _pending = null;
                Check(r.Owner);
                break;
            case CheckpointStarted r:
                Check(r.Owner);
                _pending = new PendingCheckpoint(r, [], []);
                break;
            case OfBranch r when _pending is not null:
                _pending.Branches.Add(r);
                break;
            case ResourceState r when _pending is not null:
                _pending.Pieces.Add(r.Piece);
                break;
            case CheckpointEnded r when _pending is not null:
                Finish(r, _pending);
                _pending = null;
                break;
            case OfBranch r:
                if (_fromTheStart)
                {
                    machine.Replay(r, resource);
                }

                break;
            case Applied r when _pending is null:
                if (_fromTheStart)
                {
                    resource?.Apply(r.Change);
                }

                break;
            case ResourceState or CheckpointEnded when !_fromTheStart:
                break;
            default:
                throw new ParticipantHistoryException($"The participant's log holds a '{record.GetType().Name}' where none can be.");
        }
    }

    /// <summary>All records are read.</summary>
    /// <exception cref="ParticipantHistoryException">What there is does not add up to a state.</exception>
    public void End()
    {
        if (_any && !_fromTheStart)
        {
            throw new ParticipantHistoryException(
                "The participant's log begins in the middle and holds no whole checkpoint: older segments are missing. Restore them.");
        }
    }

    private void Finish(CheckpointEnded end, PendingCheckpoint pending)
    {
        if (end.Branches != pending.Branches.Count || end.Pieces != pending.Pieces.Count)
        {
            throw new ParticipantHistoryException(
                $"A checkpoint of the participant's log should hold {end.Branches} branches and {end.Pieces} pieces of state, " +
                $"and holds {pending.Branches.Count} and {pending.Pieces.Count}.");
        }

        machine.Restore(pending.Start.Marks, pending.Branches);
        resource?.Load(pending.Pieces);
        _fromTheStart = true;
    }

    private void Check(LogOwner owner)
    {
        if (owner.Participant != expected.Participant)
        {
            throw new ParticipantHistoryException(
                $"This log belongs to participant '{owner.Participant}', not to '{expected.Participant}'. Give each participant a data directory of its own.");
        }

        if (owner.HasOwnStore != expected.HasOwnStore)
        {
            throw new ParticipantHistoryException(
                $"This log of '{owner.Participant}' was written for {Kind(owner)}, and now there is {Kind(expected)}. Use the kind that it was written with.");
        }

        LastRun = Math.Max(LastRun, owner.Run);
    }

    private static string Kind(LogOwner owner) =>
        owner.HasOwnStore ? "a resource manager with its own store" : "a resource manager whose state is the log";
}
