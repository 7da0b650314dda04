using System.Data.Common;
using Concordat.Databases.Connections;

namespace Concordat.Databases.MySql;

/// <summary>The server's numbers, which are the same in MariaDB and MySQL.</summary>
internal static class MySqlErrors
{
    internal const int ServerShutdown = 1053;
    internal const int NoSuchThread = 1094;
    internal const int NotOwnerOfThread = 1095;
    internal const int NoSuchTable = 1146;
    internal const int AccessDenied = 1227;
    internal const int LockWaitTimeout = 1205;
    internal const int XaNotA = 1397;
    internal const int XaResourceManagerError = 1401;
    internal const int XaRolledBack = 1402;

    private const int QueryInterrupted = 1317;

    /// <summary>
    /// Errors after which the statement may have been done: of the connection, as a server words them; of a statement that somebody
    /// interrupted; and XAER_RMERR, with which the server says that it cannot tell either.
    /// </summary>
    private static readonly int[] NotFinal = [1042, ServerShutdown, 1152, 1158, 1159, 1160, 1161, 1184, QueryInterrupted, XaResourceManagerError, 1927, 4031];

    /// <summary>The server refused the statement, so it did not take effect.</summary>
    internal static bool IsRefusal(this DbException error) =>
        error.Number() is var number and (>= 1000 and < 2000 or >= 3000) && !NotFinal.Contains(number);
}
