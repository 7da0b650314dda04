using System.Data.Common;

namespace Concordat.Databases.Branches;

/// <summary>
/// One open branch on its own connection. <see cref="Dialect.BeginAsync"/> opens it, the caller works on <see cref="Connection"/>, and then
/// exactly one of the methods below ends it.
/// </summary>
internal abstract class Branch(BranchName name, DbConnection connection, DbTransaction? transaction)
{
    internal BranchName Name => name;

    /// <summary>The caller's, from before to after the branch.</summary>
    internal DbConnection Connection => connection;

    /// <summary>
    /// The driver's own, for those who want to be given one (EF Core's <c>UseTransaction</c>). Null where the database's branches are none of the
    /// driver's transactions (XA). Nobody but this layer ends it: a branch that was ended by somebody else is refused.
    /// </summary>
    internal DbTransaction? Transaction => transaction;

    /// <summary>First phase. When the token fires, the answer is <see cref="Preparation.Unknown"/>.</summary>
    internal abstract Task<Preparation> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The last thing before <see cref="CommitOnePhaseAsync"/>: by what the database will tell whether that was done. It must be on record
    /// before. Again: the same. When the token fires, the answer is <see cref="OnePhaseOffer.Refused"/>.
    /// </summary>
    internal abstract Task<OnePhaseOffer> OfferOnePhaseAsync(CancellationToken cancellationToken);

    /// <summary>Both phases in one, for the only branch of a transaction, after its offer. When the token fires, the answer is <see cref="OnePhase.Unknown"/>.</summary>
    internal abstract Task<OnePhase> CommitOnePhaseAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Undoes what is not prepared. Does not throw: when the connection is lost, the server undoes it as soon as it notices. After an
    /// <see cref="Preparation.Unknown"/> it is <see cref="Dialect.RollbackAsync"/> that is to be called, again and again.
    /// </summary>
    internal abstract Task RollbackAsync(CancellationToken cancellationToken);
}
