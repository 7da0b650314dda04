using System.Data.Common;
using Concordat.Databases.Connections;

namespace Concordat.Databases.Postgres;

internal static class PostgresErrors
{
    internal const string InvalidParameterValue = "22023";
    internal const string InsufficientPrivilege = "42501";
    internal const string UndefinedObject = "42704";
    internal const string NotInPrerequisiteState = "55000";

    /// <summary>
    /// The server refused the statement, so it did not take effect. Not so where it, or the connection, was about to end (57P0x, 08xxx):
    /// the statement may have been done, and the answer lost.
    /// </summary>
    internal static bool IsRefusal(this DbException error) =>
        error.State() is { } state && !state.StartsWith("57P0", StringComparison.Ordinal) && !state.StartsWith("08", StringComparison.Ordinal);
}
