using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using MySql.Data.MySqlClient;
using Npgsql;

namespace Concordat.Matrix.Application.Work;

internal static class Stacks
{
    internal const string First = "first";
    internal const string Second = "second";
    internal const string Tally = "tally";

    internal static IStack Create(string stack, Uri coordinator, string first, string second)
    {
        // No host runs, and so nothing here sweeps: what a dead server or application leaves is somebody else's to finish.
        var services = new ServiceCollection();
        services.AddLogging();
        var client = services.AddConcordatClient(o => o.Address = coordinator);
        switch (stack)
        {
            case "npgsql-scope":
                client.AddPostgres(First, _ => Postgres(first)).AddPostgres(Second, _ => Postgres(second));
                return new NpgsqlScope(services.BuildServiceProvider(), first, second);
            case "ef-scope":
                client.AddPostgres(First, _ => Postgres(first)).AddPostgres(Second, _ => Postgres(second));
                return new EntityFrameworkScope(services.BuildServiceProvider(), first, second);
            case "postgres":
                client.AddPostgres(First, _ => Postgres(first)).AddPostgres(Second, _ => Postgres(second));
                return new Transactions(services.BuildServiceProvider(), participant: null);
            case "mariadb":
                client.AddMySql(First, _ => MariaDb(first)).AddMySql(Second, _ => MariaDb(second));
                return new Transactions(services.BuildServiceProvider(), participant: null);
            case "mixed":
                client.AddPostgres(First, _ => Postgres(first)).AddMySql(Second, _ => MariaDb(second));
                return new Transactions(services.BuildServiceProvider(), Tally);
            default:
                throw new ArgumentException($"there is no stack '{stack}'", nameof(stack));
        }
    }

    private static NpgsqlDataSource Postgres(string connectionString) => NpgsqlDataSource.Create(connectionString);

    private static DbDataSource MariaDb(string connectionString) => MySqlClientFactory.Instance.CreateDataSource(connectionString);
}
