namespace Concordat.Core.Transactions;

/// <summary>Which ids are ours, and what may be said of those that are not known (I10, I11).</summary>
internal sealed class EpochBook(ulong coordinator)
{
    private readonly Dictionary<ulong, Epoch> _byNonce = [];
    private readonly List<Epoch> _inOrder = [];

    internal IReadOnlyList<Epoch> All => _inOrder;

    internal Epoch Current => _inOrder[^1];

    internal ulong Coordinator { get; } = coordinator;

    /// <summary>How many ids this epoch has issued.</summary>
    private ulong _issued;

    internal void Add(Epoch epoch)
    {
        ProtocolViolationException.ThrowUnless(
            _inOrder.Count == 0 || Current.Number < epoch.Number, $"epoch {epoch.Number} begins after epoch {(_inOrder.Count == 0 ? 0 : Current.Number)}");
        _byNonce.Add(epoch.Nonce, epoch);
        _inOrder.Add(epoch);
        _issued = 0;
    }

    internal bool KnowsNonce(ulong nonce) => _byNonce.ContainsKey(nonce);

    internal TransactionId Issue() => new(Coordinator, Current.Nonce, ++_issued);

    /// <summary>An id that was found in the log was issued.</summary>
    internal void Replayed(TransactionId id)
    {
        if (id.Nonce == Current.Nonce)
        {
            _issued = Math.Max(_issued, id.Counter);
        }
    }

    /// <summary>The epoch of an id that is ours, whether the transaction is known or not.</summary>
    internal IdKind Classify(TransactionId id, out Epoch? epoch)
    {
        epoch = null;
        if (id.Coordinator != Coordinator)
        {
            return IdKind.Foreign;
        }

        if (!_byNonce.TryGetValue(id.Nonce, out epoch))
        {
            return IdKind.OfUnknownEpoch;
        }

        return id.Counter == 0 || (epoch == Current && id.Counter > _issued) ? IdKind.NeverIssued : IdKind.Ours;
    }
}

/// <summary>One start of this coordinator.</summary>
internal sealed class Epoch(long number, ulong nonce)
{
    internal long Number { get; } = number;
    internal ulong Nonce { get; } = nonce;

    /// <summary>A later start was told that the log is a copy: the original may have gone on in this epoch, so nothing is presumed.</summary>
    internal bool IsUncertain;

    /// <summary>No transaction with a higher counter was ever dropped from history.</summary>
    internal ulong ForgottenUpTo;
}

internal enum IdKind
{
    Ours,

    /// <summary>Of another coordinator.</summary>
    Foreign,

    /// <summary>Ours, and the log does not know the epoch: it is older than the world.</summary>
    OfUnknownEpoch,
    NeverIssued,
}
