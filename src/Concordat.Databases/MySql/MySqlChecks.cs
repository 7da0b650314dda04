using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.MySql;

internal static class MySqlChecks
{
    /// <summary>The first that keeps a prepared branch over the end of its session.</summary>
    private static readonly Version OldestMariaDb = new(10, 5);

    private static readonly Version OldestMySql = new(8, 0);

    internal static async Task<IReadOnlyList<Problem>> RunAsync(DbConnection connection, string? expectedDatabase, CancellationToken cancellationToken)
    {
        var row = await connection.RowAsync("SELECT VERSION(), @@GLOBAL.innodb_flush_log_at_trx_commit, DATABASE(), CURRENT_USER()", cancellationToken)
            .ConfigureAwait(false);
        var problems = Problems(row, expectedDatabase);
        if (await connection.QueryAsync("SHOW GLOBAL VARIABLES LIKE 'wsrep_on'", cancellationToken).ConfigureAwait(false) is [[_, "ON"]])
        {
            problems.Add(new Problem("wsrep_on", "ON", "connect to a server without Galera: it does not replicate XA branches"));
        }

        // Nothing is made in a database that is not the right one.
        if (problems is [])
        {
            problems.AddRange(await RightsAsync(connection, row[2]!, row[3]!, cancellationToken).ConfigureAwait(false));
        }

        return problems;
    }

    private static List<Problem> Problems(string?[] row, string? expectedDatabase)
    {
        var problems = new List<Problem>();
        if (row[2] is null)
        {
            problems.Add(new Problem("the database", "not named", "name one in the connection string: the markers of the branches are in there"));
        }
        else if (expectedDatabase is not null && row[2] != expectedDatabase)
        {
            problems.Add(new Problem("the database", $"'{row[2]}'", $"'{expectedDatabase}' was expected"));
        }

        if (VersionProblem(row[0]!) is { } problem)
        {
            problems.Add(problem);
        }

        if (row[1] != "1")
        {
            problems.Add(new Problem(
                "innodb_flush_log_at_trx_commit", row[1]!, "set it to 1, for the whole server: with any other value it answers that a branch is prepared, and may have lost it after a crash"));
        }

        return problems;
    }

    internal static Problem? VersionProblem(string text)
    {
        var mariaDb = text.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

        // Older drivers are told "5.5.5-10.11.19-MariaDB".
        var number = text.StartsWith("5.5.5-", StringComparison.Ordinal) ? text[6..] : text;
        var known = Version.TryParse(number.Split('-', '+', ' ')[0], out var version);
        return mariaDb switch
        {
            true when !known || version < OldestMariaDb =>
                new Problem("the version of MariaDB", text, "10.5 or later is needed: an older one rolls a prepared branch back when its connection ends"),
            false when !known || version < OldestMySql => new Problem("the version of MySQL", text, "8.0 or later is needed"),
            _ => null,
        };
    }

    private static async Task<IEnumerable<Problem>> RightsAsync(DbConnection connection, string database, string user, CancellationToken cancellationToken)
    {
        var problems = new List<Problem>();
        try
        {
            await XaStatements.RecoverAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error) when (error.Number() is MySqlErrors.XaResourceManagerError or MySqlErrors.AccessDenied)
        {
            problems.Add(new Problem("XA RECOVER", $"refused to '{user}'", $"GRANT XA_RECOVER_ADMIN ON *.* TO that user: prepared branches cannot be found without it ({error.Message})"));
        }

        try
        {
            await UseMarkersAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error) when (error.IsRefusal())
        {
            problems.Add(new Problem(
                $"the marker table {MarkerTable.Name} in '{database}'",
                $"not to be used by '{user}'",
                $"GRANT CREATE, SELECT, INSERT, DELETE on it to that user, or create it and grant the rest ({error.Message}): {MarkerTable.Definition}"));
        }

        return problems;
    }

    /// <summary>Makes the table where it is missing, which nobody without the right to needs to try where it is not.</summary>
    private static async Task UseMarkersAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.ExecuteAsync(MarkerTable.Use, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error) when (error.Number() == MySqlErrors.NoSuchTable)
        {
            await connection.ExecuteAsync($"{MarkerTable.Definition}; {MarkerTable.Use}", cancellationToken).ConfigureAwait(false);
        }
    }
}
