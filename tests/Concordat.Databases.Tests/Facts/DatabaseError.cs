using System.Data.Common;

namespace Concordat.Databases.Tests.Facts;

/// <summary>What the server answered when it refused.</summary>
internal static class DatabaseError
{
    /// <summary>The SQLSTATE, or, of MySql.Data, which has none, the number of the error; null when it did not refuse.</summary>
    internal static async Task<string?> OfAsync(Func<Task> statement)
    {
        try
        {
            await statement();
            return null;
        }
        catch (DbException refused)
        {
            return refused.SqlState ?? $"{refused.Data["Server Error Code"]}";
        }
    }

    internal static Task<string?> OfAsync(DbConnection connection, string sql) => OfAsync(() => connection.ExecuteAsync(sql));
}
