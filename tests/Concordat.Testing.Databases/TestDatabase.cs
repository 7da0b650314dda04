using System.Data.Common;

namespace Concordat.Testing.Databases;

/// <summary>One database of one server.</summary>
internal sealed record TestDatabase(DatabaseServer Server, string Name, DbDataSource Source)
{
    internal string ConnectionString => Server.ConnectionString(Name);

    internal async Task<DbConnection> OpenAsync() => await Source.OpenConnectionAsync();

    internal async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    internal async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        return await connection.ScalarAsync<T>(sql);
    }
}
