using System.Data;
using System.Data.Common;
using Concordat.Client;
using Concordat.Client.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Databases;

/// <summary>
/// Transactions over several databases out of one process:
/// <code>
/// services.AddConcordatClient()
///     .AddPostgres("orders", s => ordersDataSource)
///     .AddMySql("stock", s => stockDataSource);
///
/// await using var transaction = await concordat.BeginAsync();
/// var orders = await transaction.OpenAsync("orders");
/// var stock = await transaction.OpenAsync("stock");
/// …
/// await transaction.CommitAsync();
/// </code>
/// </summary>
public static class ConcordatDatabaseExtensions
{
    /// <summary>Adds a PostgreSQL database, from version 13 on, of any driver. <c>max_prepared_transactions</c> must be set there.</summary>
    /// <param name="name">Its name at the coordinator: the same in every process that uses it.</param>
    public static IConcordatClientBuilder AddPostgres(this IConcordatClientBuilder builder, string name, Func<IServiceProvider, DbDataSource> source) =>
        Add(builder, name, source, Dialect.Postgres);

    /// <summary>Adds a MariaDB (from 10.5 on) or MySQL database, of any driver.</summary>
    /// <param name="name">Its name at the coordinator: the same in every process that uses it.</param>
    public static IConcordatClientBuilder AddMySql(this IConcordatClientBuilder builder, string name, Func<IServiceProvider, DbDataSource> source) =>
        Add(builder, name, source, Dialect.MySql);

    /// <summary>
    /// A connection whose work is part of the transaction. It belongs to the transaction: neither commit nor close it. Again for the same
    /// database: the same connection.
    /// </summary>
    /// <param name="isolation"><see cref="IsolationLevel.Unspecified"/>: the database's default. Only the first call for a database says.</param>
    /// <exception cref="ArgumentException">No database of this name was added.</exception>
    /// <exception cref="DatabaseNotUsableException">The database is set up so that prepared branches would get lost or stay locked.</exception>
    /// <exception cref="DbException">The database cannot be reached, or refused.</exception>
    /// <exception cref="ConcordatException">At the first use of the database: the coordinator could not be told of it, or has another one under this name.</exception>
    public static async Task<DbConnection> OpenAsync(
        this ConcordatTransaction transaction, string resource, IsolationLevel isolation = IsolationLevel.Unspecified, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (transaction.FindHeld(resource) is DatabaseBranch held)
        {
            return held.Connection;
        }

        if (await transaction.UseResourceAsync(resource, cancellationToken).ConfigureAwait(false) is not DatabaseResource database)
        {
            throw new ArgumentException($"No database '{resource}' was added to the client: AddConcordatClient().AddPostgres(\"{resource}\", …)", nameof(resource));
        }

        var branch = await database.OpenAsync(transaction.Id, isolation, cancellationToken).ConfigureAwait(false);
        transaction.Hold(branch);
        return branch.Connection;
    }

    /// <summary>
    /// The driver's transaction behind an open connection, for those that want to be given one (EF Core's <c>UseTransaction</c>). Null where
    /// the database's branches are none (MariaDB and MySQL), or where it is not open. Not to be committed or rolled back.
    /// </summary>
    public static DbTransaction? DbTransactionOn(this ConcordatTransaction transaction, string resource)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return (transaction.FindHeld(resource) as DatabaseBranch)?.Transaction;
    }

    private static IConcordatClientBuilder Add(IConcordatClientBuilder builder, string name, Func<IServiceProvider, DbDataSource> source, Dialect dialect)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(source);
        return builder.AddResource(name, services => new DatabaseResource(name, source(services), dialect));
    }
}
