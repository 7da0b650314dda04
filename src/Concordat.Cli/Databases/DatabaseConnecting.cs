using System.Data.Common;
using Concordat.Databases;
using Concordat.Server.Databases;

namespace Concordat.Cli.Databases;

/// <summary>From settings to a database that can be listed and swept. Nothing is connected to here.</summary>
internal static class DatabaseConnecting
{
    /// <exception cref="DriverException">The driver cannot be loaded, or does not take the connection string.</exception>
    internal static DatabaseResource Create(string name, DatabaseOptions options)
    {
        var factory = Drivers.Load(options.Driver, options.Factory);
        return new DatabaseResource(name, Source(factory, options.ConnectionString), string.Equals(options.Kind, "mysql", StringComparison.Ordinal) ? Dialect.MySql : Dialect.Postgres);
    }

    private static DbDataSource Source(DbProviderFactory factory, string connectionString)
    {
        try
        {
            // Some drivers read it only when they connect.
            using var connection = factory.CreateConnection() ?? throw new DriverException($"{factory.GetType().FullName} makes no connections");
            connection.ConnectionString = connectionString;
            return factory.CreateDataSource(connectionString);
        }
        catch (Exception e) when (e is not DriverException)
        {
            // A driver quotes what it does not understand, which may be a part of the password. So it is not kept, either.
            throw new DriverException($"{factory.GetType().Name} does not take the connection string ({e.GetType().Name}; it is not shown, since it holds secrets). A password with a semicolon goes into quotes");
        }
    }
}
