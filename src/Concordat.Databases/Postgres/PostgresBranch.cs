using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.Postgres;

/// <summary>
/// A transaction of the driver's own, so that EF Core and others can be given it, whose end is PREPARE TRANSACTION.
/// </summary>
/// <remarks>
/// PREPARE TRANSACTION and COMMIT succeed as a rollback in a failed transaction, and as nothing outside of one; only the command tag
/// says so, which <see cref="DbCommand"/> does not show. So the evidence is read before, which fails in a failed transaction. What wrote
/// nothing has no id. It is prepared all the same, since that is known only together with the answer, and committed at once: this
/// costs those two round trips and all others one instead of two. A transaction that somebody else ended has no id either, and then there
/// is nothing to commit.
/// </remarks>
internal sealed class PostgresBranch(BranchName name, DbConnection connection, DbTransaction transaction, PostgresPasts pasts) : Branch(name, connection, transaction)
{
    private const string EndedElsewhere = "its transaction was ended, by somebody else or with its connection, before it was to be prepared";
    private readonly DbTransaction _transaction = transaction;

    internal override async Task<Preparation> PrepareAsync(CancellationToken cancellationToken)
    {
        if (IsEndedElsewhere())
        {
            return new Preparation.Refused(EndedElsewhere, Code: null);
        }

        string?[] row;
        try
        {
            row = await Connection.RowThenAsync(_transaction, PostgresEvidence.Query, $"PREPARE TRANSACTION '{Name}'", cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error) when (error.IsRefusal())
        {
            await RollbackAsync(cancellationToken).ConfigureAwait(false);
            return new Preparation.Refused(error.Message, error.State());
        }
#pragma warning disable CA1031 // Whatever it was, of whichever driver: the statement may have been done.
        catch (Exception error)
        {
            return new Preparation.Unknown(error);
        }

        try
        {
            return await EvidenceAsync(row, cancellationToken).ConfigureAwait(false) is { } evidence
                ? new Preparation.Prepared(evidence)
                : await EndReadOnlyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
#pragma warning restore CA1031
        {
            // It is prepared, whatever the server refuses now.
            return new Preparation.Unknown(error);
        }
    }

    private async Task<Preparation> EndReadOnlyAsync(CancellationToken cancellationToken) =>
        await PostgresFinishing.FinishAsync(Connection, "COMMIT", Name, cancellationToken).ConfigureAwait(false) switch
        {
            FinishResult.Done => new Preparation.ReadOnly(),
            FinishResult.NotThere => new Preparation.Refused(EndedElsewhere, Code: null),
            var other => new Preparation.Unknown(new InvalidOperationException($"{Name} wrote nothing, and was {other} when it was to be ended")),
        };

    /// <summary>
    /// With the evidence, <c>synchronous_commit</c> is turned on where it is off, which only a prepare overrides by itself: what is answered is durable.
    /// </summary>
    internal override async Task<OnePhaseOffer> OfferOnePhaseAsync(CancellationToken cancellationToken)
    {
        if (IsEndedElsewhere())
        {
            return new OnePhaseOffer.Refused(EndedElsewhere, Code: null);
        }

        try
        {
            var row = await Connection.RowAsync(
                PostgresEvidence.Query + ", CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END",
                cancellationToken).ConfigureAwait(false);
            if (await EvidenceAsync(row, cancellationToken).ConfigureAwait(false) is { } evidence)
            {
                return new OnePhaseOffer.Ready(evidence);
            }

            await _transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return new OnePhaseOffer.ReadOnly();
        }
#pragma warning disable CA1031 // Whatever it was, of whichever driver: nothing that it wrote was committed.
        catch (Exception error)
#pragma warning restore CA1031
        {
            await RollbackAsync(cancellationToken).ConfigureAwait(false);
            return new OnePhaseOffer.Refused(error.Message, (error as DbException)?.State());
        }
    }

    internal override async Task<OnePhase> CommitOnePhaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return new OnePhase.Committed();
        }
        catch (DbException error) when (error.IsRefusal())
        {
            await RollbackAsync(cancellationToken).ConfigureAwait(false);
            return new OnePhase.RolledBack(error.Message, error.State());
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
        try
        {
            await _transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is over already, or ends with the connection.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    /// <summary>
    /// As far as the driver saw it, which takes no command for a transaction that is over. What was ended by a statement of the caller's
    /// own has no id any more, unless it began another.
    /// </summary>
    private bool IsEndedElsewhere()
    {
        try
        {
            using var command = Connection.CreateCommand();
            command.Transaction = _transaction;
            return !ReferenceEquals(_transaction.Connection, Connection);
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private async ValueTask<string?> EvidenceAsync(string?[] row, CancellationToken cancellationToken)
    {
        if (row[1] is not { } id)
        {
            return null;
        }

        var past = await pasts.OfAsync(Connection, row[0]!, cancellationToken).ConfigureAwait(false);
        return new PostgresEvidence(past.Cluster, past.Timeline, id).ToString();
    }
}
