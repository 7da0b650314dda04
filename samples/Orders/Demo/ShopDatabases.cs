using System.Data.Common;
using Concordat.Testing.Databases;
using Microsoft.Extensions.Configuration;
using MySql.Data.MySqlClient;
using Npgsql;

namespace Concordat.Samples.Orders.Demo;

/// <summary>The three databases: those that the environment names, or new ones on private servers, which end with this.</summary>
internal sealed class ShopDatabases(string orders, string billing, string stock, params DatabaseServer[] servers) : IAsyncDisposable
{
    private static readonly string[] Names = ["Orders", "Billing", "Stock"];

    public DbDataSource Orders { get; } = NpgsqlDataSource.Create(orders);

    public DbDataSource Billing { get; } = NpgsqlDataSource.Create(billing);

    public DbDataSource Stock { get; } = MySqlClientFactory.Instance.CreateDataSource(stock);

    /// <summary>What tells a process where they are.</summary>
    public string[] Settings { get; } = [$"--ConnectionStrings:Orders={orders}", $"--ConnectionStrings:Billing={billing}", $"--ConnectionStrings:Stock={stock}"];

    /// <exception cref="NoDatabaseException">There are none.</exception>
    public static async Task<ShopDatabases> FindAsync()
    {
        var environment = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        string[] given = [.. Names.Select(name => environment.GetConnectionString(name)).OfType<string>()];
        return given switch
        {
            [var orders, var billing, var stock] => new ShopDatabases(orders, billing, stock),
            [] => await StartAsync(),
            _ => throw new NoDatabaseException($"of the variables {Variables} only {given.Length} are set: all, or none"),
        };
    }

    private static async Task<ShopDatabases> StartAsync()
    {
        string[] missing =
        [
            .. ServerPrograms.Postgres("postgres") is null || ServerPrograms.Postgres("initdb") is null ? ["postgresql"] : Array.Empty<string>(),
            .. ServerPrograms.MariaDb("mariadbd") is null || ServerPrograms.MariaDb("mariadb-install-db") is null ? ["mariadb-server"] : Array.Empty<string>(),
        ];
        if (missing.Length > 0)
        {
            throw new NoDatabaseException($"no database server was found: install the packages (apt-get install {string.Join(' ', missing)}), or set {Variables}");
        }

        var (postgres, mariaDb) = (PostgresServer.StartAsync(), MariaDbServer.StartAsync());
        await Task.WhenAll(postgres, mariaDb);
        return new ShopDatabases(
            (await (await postgres).CreateDatabaseAsync("orders")).ConnectionString,
            (await (await postgres).CreateDatabaseAsync("billing")).ConnectionString,
            (await (await mariaDb).CreateDatabaseAsync("stock")).ConnectionString,
            await postgres,
            await mariaDb);
    }

    private static string Variables => string.Join(", ", Names.Select(name => $"ConnectionStrings__{name}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var source in (DbDataSource[])[Orders, Billing, Stock])
        {
            await source.DisposeAsync();
        }

        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }
}

internal sealed class NoDatabaseException(string message) : Exception(message);
