using System.Data.Common;

namespace Concordat.Databases.Connections;

/// <summary>What an error of any driver says.</summary>
internal static class DatabaseErrors
{
    /// <summary>Both drivers of MySQL put the server's number there.</summary>
    private const string NumberKey = "Server Error Code";

    /// <summary>The server's SQLSTATE.</summary>
    internal static string? State(this DbException error) => string.IsNullOrEmpty(error.SqlState) ? null : error.SqlState;

    /// <summary>The server's number of the error, of MariaDB and MySQL; 0 where the error is none of the server's.</summary>
    internal static int Number(this DbException error) => error.Data[NumberKey] switch
    {
        int number => number,
        uint number => (int)number,
        Enum number => Convert.ToInt32(number, System.Globalization.CultureInfo.InvariantCulture),
        _ => 0,
    };
}
