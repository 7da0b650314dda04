using Concordat.Core.Records;

namespace Concordat.Cli.Checking;

/// <summary>
/// Where a coordinator's log begins: with its first epoch, or with its first whole checkpoint. Segments are removed one by one, oldest
/// first, so a kill in between leaves ends of transactions whose begins are gone in front of the checkpoint for which they were removed. A
/// checkpoint that a crash cut short is followed by an epoch, and is none.
/// </summary>
internal sealed class LogBeginning
{
    private readonly List<(long Position, CoordinatorRecord Record)> _checkpoint = [];
    private bool _any;
    private bool _isFound;
    private bool _inCheckpoint;

    /// <summary>What was created until then may be gone; null where the log is whole since its first epoch.</summary>
    internal long? ForgetsUntil { get; private set; }

    /// <summary>What counts now that this record was read: itself, or nothing yet, or a whole checkpoint.</summary>
    /// <param name="hasGap">The beginning may be what is missing: then everything counts.</param>
    internal IReadOnlyList<(long Position, CoordinatorRecord Record)> Admit(long position, CoordinatorRecord record, bool hasGap)
    {
        if (!_any)
        {
            _any = true;
            ForgetsUntil = record is EpochStarted { Number: 1 } ? null : record.At.UnixMilliseconds;
            _isFound = ForgetsUntil is null || hasGap;
        }

        if (_isFound)
        {
            return [(position, record)];
        }

        switch (record)
        {
            case CheckpointStarted:
                _inCheckpoint = true;
                ForgetsUntil = record.At.UnixMilliseconds;
                break;
            case EpochStarted:
                _inCheckpoint = false;
                _checkpoint.Clear();
                break;
        }

        if (_inCheckpoint)
        {
            _checkpoint.Add((position, record));
        }

        _isFound = _inCheckpoint && record is CheckpointEnded;
        return _isFound ? _checkpoint : [];
    }
}
