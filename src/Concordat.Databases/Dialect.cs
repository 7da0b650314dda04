using System.Data;
using System.Data.Common;
using Concordat.Databases.Branches;

namespace Concordat.Databases;

/// <summary>
/// What a branch is on one kind of database, over any of its drivers. Knows nothing of coordinators.
/// </summary>
/// <remarks>
/// <code>
///            BeginAsync            PrepareAsync             CommitAsync
///   (none) ────────────► open ──────────────────► prepared ────────────► committed
///                          │                          │  RollbackAsync
///                          ├── CommitOnePhaseAsync ─► │ ────────────► rolled back
///                          └── Branch.RollbackAsync ► rolled back
/// </code>
/// An open branch dies with its connection or its server; a prepared one outlives both, and any connection finishes it. Every method
/// takes an open connection without a transaction of its own, and leaves it so.
/// <para>
/// Three rules for who calls: decide only what a listing showed, and ask for the outcome after the listing; take
/// <see cref="FinishResult.NotThere"/> for done only if <see cref="FateAsync"/> says so; and <see cref="ForgetAsync"/> a branch only after nobody
/// will ask for its fate any more.
/// </para>
/// </remarks>
internal abstract class Dialect
{
    /// <summary>Evidence is at most this long, wherever it travels.</summary>
    internal const int MaxEvidenceBytes = 256;

    internal static Dialect Postgres { get; } = new Postgres.PostgresDialect();

    /// <summary>MariaDB and MySQL.</summary>
    internal static Dialect MySql { get; } = new MySql.MySqlDialect();

    /// <summary>
    /// Everything that would lose or lock data later, all of it at once; none: may be used. Makes what the branches need (the marker
    /// table of MariaDB and MySQL) where it is missing.
    /// </summary>
    /// <param name="connection">As the branches will have it: the same user, the same database.</param>
    /// <param name="expectedDatabase">The name of the database that it must be; null for whichever.</param>
    /// <exception cref="DbException">The connection was lost.</exception>
    internal abstract Task<IReadOnlyList<Problem>> CheckAsync(DbConnection connection, string? expectedDatabase, CancellationToken cancellationToken);

    /// <summary>Which database this is, in visible ASCII characters that no other one has, and that stay the same over restarts.</summary>
    /// <exception cref="DbException">The connection was lost.</exception>
    internal abstract Task<string> IdentifyAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <param name="isolation"><see cref="IsolationLevel.Unspecified"/>: the database's default.</param>
    /// <exception cref="DbException">It did not begin, or dies with the connection.</exception>
    internal abstract Task<Branch> BeginAsync(DbConnection connection, BranchName name, IsolationLevel isolation, CancellationToken cancellationToken);

    /// <summary>Second phase, from any connection to the branch's database.</summary>
    /// <param name="evidence">Of the vote; null where it is not known. MariaDB and MySQL end a session of the owner with it.</param>
    /// <exception cref="DbException">It is not known whether it was done: to be repeated, on another connection if this one is broken.</exception>
    internal abstract Task<FinishResult> CommitAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken);

    /// <inheritdoc cref="CommitAsync"/>
    internal abstract Task<FinishResult> RollbackAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken);

    /// <summary>What is prepared at this moment.</summary>
    /// <param name="withLocks">Also what they hold, which costs the server a look at all of its locks.</param>
    internal abstract Task<IReadOnlyList<PreparedBranch>> ListAsync(DbConnection connection, bool withLocks, CancellationToken cancellationToken);

    /// <summary>What became of a branch that a finish did not find.</summary>
    /// <param name="evidence">Of the vote, or of the one-phase commit. Null: unknown, unless the database remembers by itself.</param>
    internal abstract Task<BranchFate> FateAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken);

    /// <summary>One page of what the database keeps of branches that have committed; nothing, where it remembers by itself.</summary>
    /// <param name="after">The last one of the page before; null for the first.</param>
    /// <param name="olderThan">Of the branches' begin; younger ones are left out.</param>
    internal virtual Task<Kept> ListKeptAsync(DbConnection connection, TimeSpan olderThan, BranchName? after, CancellationToken cancellationToken) =>
        Task.FromResult(new Kept([], Next: null));

    /// <summary>Whether <see cref="ListKeptAsync"/> ever finds anything.</summary>
    internal virtual bool Keeps => false;

    /// <summary>
    /// Removes what the database keeps of branches that have ended. Afterwards a committed one looks as if it had never been, so it
    /// is called after the end of the transaction is on record. Repeating it, or leaving it out, does no harm but rows that stay.
    /// </summary>
    internal abstract Task ForgetAsync(DbConnection connection, IReadOnlyCollection<BranchName> names, CancellationToken cancellationToken);
}
