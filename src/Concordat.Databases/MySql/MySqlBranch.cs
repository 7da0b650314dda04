using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.MySql;

/// <summary>
/// An XA branch on the session that began it: <c>XA START, marker, the caller's work, XA END, XA PREPARE</c>. The server itself refuses a
/// COMMIT, a BEGIN or a DDL statement in between. It cannot tell cheaply whether a branch wrote anything, so none is read-only; a
/// deadlock's victim refuses everything but its rollback.
/// </summary>
/// <remarks>The connection must not be pooled, or its pool must close or reset what comes back: until its second phase a prepared branch
/// is this session's, and the session does nothing else.</remarks>
internal sealed class MySqlBranch(BranchName name, DbConnection connection, MySqlOwner owner) : Branch(name, connection, transaction: null)
{
    private readonly string _xid = name.Xid();

    internal override async Task<Preparation> PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Connection.ExecuteAsync($"XA END {_xid}; XA PREPARE {_xid}", cancellationToken).ConfigureAwait(false);
            return new Preparation.Prepared(owner.ToString());
        }
        catch (DbException error) when (error.IsRefusal())
        {
            await RollbackAsync(cancellationToken).ConfigureAwait(false);
            return new Preparation.Refused(error.Message, Code(error));
        }
#pragma warning disable CA1031 // Whatever it was, of whichever driver: the statement may have been done.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return new Preparation.Unknown(error);
        }
    }

    /// <summary>Its marker is what tells, and that was written when it began.</summary>
    internal override Task<OnePhaseOffer> OfferOnePhaseAsync(CancellationToken cancellationToken) =>
        Task.FromResult<OnePhaseOffer>(new OnePhaseOffer.Ready(owner.ToString()));

    internal override async Task<OnePhase> CommitOnePhaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Connection.ExecuteAsync($"XA END {_xid}; XA COMMIT {_xid} ONE PHASE", cancellationToken).ConfigureAwait(false);
            return new OnePhase.Committed();
        }
        catch (DbException error) when (error.IsRefusal())
        {
            await RollbackAsync(cancellationToken).ConfigureAwait(false);
            return new OnePhase.RolledBack(error.Message, Code(error));
        }
#pragma warning disable CA1031 // Whatever it was, of whichever driver: the statement may have been done.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return new OnePhase.Unknown(error);
        }
    }

    internal override async Task RollbackAsync(CancellationToken cancellationToken)
    {
        // One by one: XA END is refused where it has been given, and where the branch may only be rolled back.
        foreach (var statement in (string[])[$"XA END {_xid}", $"XA ROLLBACK {_xid}"])
        {
            try
            {
                await Connection.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // It is over already, or ends with the connection.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private static string Code(DbException error) => error.Number().ToString(System.Globalization.CultureInfo.InvariantCulture);
}
