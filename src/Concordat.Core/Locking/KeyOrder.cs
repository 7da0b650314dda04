namespace Concordat.Core.Locking;

/// <summary>
/// All keys in the order in which they were first asked for, so that a page of a list begins where the one before ended without a walk from the oldest. Keys come with
/// rising numbers and go in any order; a thousand numbers share an entry of an array that is searched by halving, and entries without keys are swept out now and then.
/// </summary>
internal sealed class KeyOrder
{
    private const int Bits = 10;
    private const int FewEmpty = 16;
    private readonly List<Stretch> _stretches = [];
    private LockKey? _newest;
    private long _lastNumber;
    private int _empty;

    /// <summary>Gives it the next number.</summary>
    internal void Add(LockKey key)
    {
        key.Number = ++_lastNumber;
        key.Previous = _newest;
        if (_newest is not null)
        {
            _newest.Next = key;
        }

        _newest = key;
        if (_stretches.Count == 0 || _stretches[^1].Id != key.Number >> Bits)
        {
            _stretches.Add(new Stretch(key.Number >> Bits));
            _empty++;
        }

        var stretch = _stretches[^1];
        _empty -= stretch.First is null ? 1 : 0;
        stretch.First ??= key;
    }

    internal void Remove(LockKey key)
    {
        if (key.Previous is not null)
        {
            key.Previous.Next = key.Next;
        }

        if (key.Next is not null)
        {
            key.Next.Previous = key.Previous;
        }
        else
        {
            _newest = key.Previous;
        }

        var stretch = _stretches[IndexOf(key.Number >> Bits)];
        if (stretch.First == key)
        {
            stretch.First = key.Next is { } next && next.Number >> Bits == stretch.Id ? next : null;
            _empty += stretch.First is null ? 1 : 0;
        }

        if (_empty > FewEmpty && _empty > _stretches.Count / 2)
        {
            _stretches.RemoveAll(static stretch => stretch.First is null);
            _empty = 0;
        }
    }

    internal LockKey? FirstAfter(long number)
    {
        for (var i = IndexOf(number >> Bits); i < _stretches.Count; i++)
        {
            var key = _stretches[i].First;
            while (key is not null && key.Number <= number)
            {
                key = key.Next;
            }

            if (key is not null)
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>The first entry with this id or a higher one.</summary>
    private int IndexOf(long id)
    {
        // Mostly the newest: what is locked is let go soon.
        var (low, high) = _stretches is [.., { Id: var last }] && last <= id ? (last == id ? _stretches.Count - 1 : _stretches.Count, _stretches.Count) : (0, _stretches.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_stretches[middle].Id < id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private sealed class Stretch(long id)
    {
        internal long Id { get; } = id;

        internal LockKey? First;
    }
}
