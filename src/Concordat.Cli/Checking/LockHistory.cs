using Concordat.Core.Records;

namespace Concordat.Cli.Checking;

/// <summary>
/// Who holds which key, as the records of a coordinator's log follow one another: from the record of a lock to that of its transaction's end. Its own model, as everything
/// here. Nothing is concluded beyond a gap.
/// </summary>
internal sealed class LockHistory(Findings findings)
{
    private readonly Dictionary<string, Dictionary<TransactionId, LockMode>> _holders = new(StringComparer.Ordinal);
    private readonly Dictionary<TransactionId, List<string>> _keys = [];
    private long _lastToken;
    private long _reserved;

    internal void Reserve(TokensReserved record) => _reserved = Math.Max(_reserved, record.UpTo);

    internal void Take(Locked record, RecordReference here)
    {
        Hold(record.Id, record.Locks, here);

        // One request, one token; several have rising ones, in the order of the log.
        foreach (var token in record.Locks.Select(held => held.Token).Distinct())
        {
            if (token <= _lastToken || token > _reserved)
            {
                var why = token > _reserved ? $"up to {_reserved} were reserved" : $"{_lastToken} was given before it";
                findings.Add(ViolationKind.TokenNotRising, new Place(record.Id), $"it locks with token {token}, and {why}", here);
            }

            _lastToken = Math.Max(_lastToken, token);
        }
    }

    /// <summary>Of a checkpoint that the log begins with: its tokens were given before.</summary>
    internal void Load(TransactionId id, IReadOnlyList<HeldLock> locks, RecordReference here)
    {
        Hold(id, locks, here);
        foreach (var held in locks)
        {
            _lastToken = Math.Max(_lastToken, held.Token);
        }
    }

    internal void End(TransactionId id)
    {
        if (_keys.Remove(id, out var keys))
        {
            foreach (var key in keys)
            {
                _holders[key].Remove(id);
                if (_holders[key].Count == 0)
                {
                    _holders.Remove(key);
                }
            }
        }
    }

    private void Hold(TransactionId id, IReadOnlyList<HeldLock> locks, RecordReference here)
    {
        foreach (var (key, mode, _) in locks)
        {
            if (!_holders.TryGetValue(key, out var holders))
            {
                _holders.Add(key, holders = []);
            }

            foreach (var (other, otherMode) in holders)
            {
                if (other != id && (mode == LockMode.Exclusive || otherMode == LockMode.Exclusive))
                {
                    findings.Add(ViolationKind.LockHeldTwice, new Place(id), $"it locks '{key}' ({Wire.Name(mode)}), which {other} holds ({Wire.Name(otherMode)}) and has not ended", here);
                }
            }

            if (holders.TryAdd(id, mode))
            {
                if (!_keys.TryGetValue(id, out var keys))
                {
                    _keys.Add(id, keys = []);
                }

                keys.Add(key);
            }
            else if (mode > holders[id])
            {
                holders[id] = mode;
            }
        }
    }
}
