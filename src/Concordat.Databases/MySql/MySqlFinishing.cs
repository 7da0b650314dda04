using System.Data.Common;
using System.Globalization;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.MySql;

/// <summary>
/// The second phase from any session.
/// </summary>
/// <remarks>
/// <code>
/// XA COMMIT ──► accepted                                   Done
///           ──► NOTA, and XA RECOVER does not list it      NotThere
///           ──► NOTA, and it is listed: a session has it
///                 the owner is there: KILL, and again      (HeldByOwner, where that is not allowed)
///                 it is not: another session finishes it,
///                 or the owner is just going: again        (Busy, after the last attempt)
/// </code>
/// A prepared branch is its session's as long as that lives, and only ends with it if the id, the user and the server's start all match: the
/// id alone may be an innocent's after a restart. If the owner finishes the branch itself between the listing and the KILL, its
/// session is ended for nothing; no data is lost by that.
/// </remarks>
internal sealed class MySqlFinishing(DbConnection connection, BranchName name, string? evidence)
{
    private const int MaxAttempts = 25;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <param name="verb">COMMIT or ROLLBACK.</param>
    internal async Task<FinishResult> RunAsync(string verb, CancellationToken cancellationToken)
    {
        var result = FinishResult.Busy;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await connection.ExecuteAsync($"XA {verb} {name.Xid()}", cancellationToken).ConfigureAwait(false);
                return FinishResult.Done;
            }
            catch (DbException error) when (error.Number() == MySqlErrors.XaRolledBack)
            {
                // It had to be rolled back, and has been by this.
                return verb == "ROLLBACK" ? FinishResult.Done : FinishResult.NotThere;
            }
            catch (DbException error) when (error.Number() is MySqlErrors.XaNotA)
            {
                if (!await XaStatements.IsPreparedAsync(connection, name, cancellationToken).ConfigureAwait(false))
                {
                    return FinishResult.NotThere;
                }

                result = await EndOwnerAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (DbException error) when (error.Number() is MySqlErrors.LockWaitTimeout)
            {
                // MySQL: another session finishes it, and this one has waited for that.
                result = FinishResult.Busy;
            }

            if (attempt == MaxAttempts || result == FinishResult.HeldByOwner)
            {
                return result;
            }

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<FinishResult> EndOwnerAsync(CancellationToken cancellationToken)
    {
        if (!MySqlOwner.TryParse(evidence ?? await MarkedOwnerAsync(cancellationToken).ConfigureAwait(false), out var owner)
            || !await owner.IsSeenAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            return FinishResult.Busy;
        }

        try
        {
            await connection.ExecuteAsync($"KILL {owner.ConnectionId.ToString(CultureInfo.InvariantCulture)}", cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error) when (error.Number() == MySqlErrors.NoSuchThread)
        {
            // It went by itself.
        }
        catch (DbException error) when (error.Number() is MySqlErrors.NotOwnerOfThread or MySqlErrors.AccessDenied)
        {
            return FinishResult.HeldByOwner;
        }

        return FinishResult.Busy;
    }

    private async Task<string?> MarkedOwnerAsync(CancellationToken cancellationToken)
    {
        var markers = await MarkerTable.ReadAsync(connection, [name], cancellationToken).ConfigureAwait(false);
        return markers.TryGetValue(name, out var marker) ? marker.Owner : null;
    }
}
