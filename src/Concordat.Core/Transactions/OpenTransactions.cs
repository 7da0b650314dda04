namespace Concordat.Core.Transactions;

/// <summary>
/// The transactions whose end is not durable, by creation. The oldest bounds <c>endedBefore</c>: a participant that forgets a
/// branch of an ended transaction must never be asked about it again, so the end must have survived every crash by then.
/// </summary>
internal sealed class OpenTransactions
{
    private Transaction? _newest;

    internal Transaction? Oldest { get; private set; }

    internal int Count { get; private set; }

    /// <summary>Creation times rise, so a new one goes to the end.</summary>
    internal void Add(Transaction transaction)
    {
        ProtocolViolationException.ThrowUnless(
            _newest is null || _newest.CreatedAt <= transaction.CreatedAt, $"{transaction.Id} was created before {_newest?.Id}");
        transaction.OpenPrevious = _newest;
        if (_newest is null)
        {
            Oldest = transaction;
        }
        else
        {
            _newest.OpenNext = transaction;
        }

        _newest = transaction;
        Count++;
    }

    internal void Remove(Transaction transaction)
    {
        if (transaction.OpenPrevious is null)
        {
            Oldest = transaction.OpenNext;
        }
        else
        {
            transaction.OpenPrevious.OpenNext = transaction.OpenNext;
        }

        if (transaction.OpenNext is null)
        {
            _newest = transaction.OpenPrevious;
        }
        else
        {
            transaction.OpenNext.OpenPrevious = transaction.OpenPrevious;
        }

        transaction.OpenPrevious = transaction.OpenNext = null;
        Count--;
    }
}
