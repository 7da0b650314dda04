using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.Postgres;

internal static class PostgresFinishing
{
    /// <param name="verb">COMMIT or ROLLBACK.</param>
    internal static async Task<FinishResult> FinishAsync(DbConnection connection, string verb, BranchName name, CancellationToken cancellationToken)
    {
        try
        {
            await connection.ExecuteAsync($"{verb} PREPARED '{name}'", cancellationToken).ConfigureAwait(false);
            return FinishResult.Done;
        }
        catch (DbException error) when (error.State() == PostgresErrors.UndefinedObject)
        {
            return FinishResult.NotThere;
        }
        catch (DbException error) when (error.State() == PostgresErrors.NotInPrerequisiteState)
        {
            // "... is busy": another session has its hands on it, and either ends it or lets it go.
            return FinishResult.Busy;
        }
    }
}
