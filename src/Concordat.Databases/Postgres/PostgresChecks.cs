using System.Data.Common;
using System.Globalization;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.Postgres;

internal static class PostgresChecks
{
    /// <summary>The first with <c>pg_xact_status</c> and <c>xid8</c>.</summary>
    private const int OldestVersion = 130000;

    private const string Settings =
        "SELECT current_setting('server_version_num'), current_setting('max_prepared_transactions'), current_setting('fsync'), current_database(), "
        + "current_user::text, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)::text, pg_is_in_recovery()::text";

    internal static async Task<IReadOnlyList<Problem>> RunAsync(DbConnection connection, string? expectedDatabase, CancellationToken cancellationToken)
    {
        var row = await connection.RowAsync(Settings, cancellationToken).ConfigureAwait(false);
        if (Problems(row, expectedDatabase) is { Count: > 0 } problems)
        {
            return problems;
        }

        try
        {
            await connection.RowAsync(PostgresPast.Query, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error) when (error.State() == PostgresErrors.InsufficientPrivilege)
        {
            return [new Problem("the evidence of a branch", $"refused to '{row[4]}'", $"GRANT EXECUTE on that function to that user ({error.Message})")];
        }

        return row[5] == "true" ? [] : [.. await OthersAsync(connection, row[4]!, cancellationToken).ConfigureAwait(false)];
    }

    private static List<Problem> Problems(string?[] row, string? expectedDatabase)
    {
        var problems = new List<Problem>();
        if (expectedDatabase is not null && row[3] != expectedDatabase)
        {
            problems.Add(new Problem("the database", $"'{row[3]}'", $"'{expectedDatabase}' was expected; a branch can only be finished in its own database"));
        }

        if (int.Parse(row[0]!, CultureInfo.InvariantCulture) < OldestVersion)
        {
            problems.Add(new Problem("the version of PostgreSQL", row[0]!, "13 or later is needed: older ones cannot tell afterwards what became of a branch"));
        }

        if (row[1] == "0")
        {
            problems.Add(new Problem("max_prepared_transactions", "0", "set it in postgresql.conf to at least max_connections, and restart the server: at 0 nothing can be prepared"));
        }

        if (row[2] != "on")
        {
            problems.Add(new Problem("fsync", row[2]!, "set it to on in postgresql.conf: without it the server promises what it may have lost after a power cut"));
        }

        if (row[6] == "true")
        {
            problems.Add(new Problem("the server", "a standby", "connect to the primary: a standby prepares nothing"));
        }

        return problems;
    }

    /// <summary>Only the user who prepared it, or a superuser, may finish a branch.</summary>
    private static async Task<IEnumerable<Problem>> OthersAsync(DbConnection connection, string user, CancellationToken cancellationToken)
    {
        var branches = await PostgresListing.ReadAsync(connection, withLocks: false, cancellationToken).ConfigureAwait(false);
        return branches
            .Where(branch => branch.Name is not null && branch.Owner != user)
            .GroupBy(branch => branch.Owner, StringComparer.Ordinal)
            .Select(owner => new Problem(
                "the user", $"'{user}'", $"{owner.Count()} prepared branches are of '{owner.Key}', and only that user or a superuser may finish them"));
    }
}
