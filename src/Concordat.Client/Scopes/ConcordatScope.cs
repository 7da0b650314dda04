using System.Transactions;

namespace Concordat.Client;

/// <summary>
/// A <see cref="TransactionScope"/> whose transaction is the coordinator's: what drivers prepare inside commits everywhere or nowhere.
/// <code>
/// using var scope = concordat.CreateScope();
/// await orders.SaveChangesAsync();
/// await billing.SaveChangesAsync();
/// scope.Complete();
/// </code>
/// </summary>
public sealed class ConcordatScope : IDisposable
{
    private readonly TransactionScope _scope;
    private readonly Action _left;

    internal ConcordatScope(TransactionScope scope, TransactionId? id, Action left)
    {
        _scope = scope;
        _left = left;
        Id = id;
    }

    /// <summary>The transaction; null where the scope suppresses.</summary>
    public TransactionId? Id { get; }

    /// <summary>Says that all went well. It is decided when the outermost scope is disposed.</summary>
    public void Complete() => _scope.Complete();

    /// <summary>
    /// Decides, where this is the outermost scope: rolls back without <see cref="Complete"/>; with it, prepares, asks the coordinator for its decision, and
    /// returns when that is durable and the drivers were told. Blocks until the outcome is known, however long the coordinator cannot be reached.
    /// </summary>
    /// <exception cref="TransactionAbortedException">It aborted; the inner exception says why.</exception>
    /// <exception cref="TransactionInDoubtException">The outcome was forgotten before it could be asked for: see docs/transactionscope.md.</exception>
    public void Dispose()
    {
        try
        {
            _scope.Dispose();
        }
        finally
        {
            _left();
        }
    }
}
