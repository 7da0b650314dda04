using System.Data.Common;
using Concordat.Client.Sagas;

namespace Concordat.Databases;

/// <summary>
/// Barriers for the steps of sagas, in the service's own database:
/// <code>
/// services.AddSagaBarriers().AddPostgres("flights-db", s => flightsDataSource);
/// </code>
/// </summary>
public static class ConcordatSagaBarrierDatabaseExtensions
{
    /// <summary>A PostgreSQL database, of any driver. The table <c>concordat_saga_steps</c> is made at the first use.</summary>
    /// <param name="name">By which steps are mapped with it.</param>
    public static ISagaBarrierBuilder AddPostgres(
        this ISagaBarrierBuilder builder, string name, Func<IServiceProvider, DbDataSource> source, Action<SagaBarrierOptions>? configure = null) =>
        Add(builder, name, source, configure, new PostgresStepTable());

    /// <summary>A MariaDB or MySQL database, of any driver. The table <c>concordat_saga_steps</c> is made at the first use.</summary>
    /// <param name="name">By which steps are mapped with it.</param>
    public static ISagaBarrierBuilder AddMySql(
        this ISagaBarrierBuilder builder, string name, Func<IServiceProvider, DbDataSource> source, Action<SagaBarrierOptions>? configure = null) =>
        Add(builder, name, source, configure, new MySqlStepTable());

    private static ISagaBarrierBuilder Add(
        ISagaBarrierBuilder builder, string name, Func<IServiceProvider, DbDataSource> source, Action<SagaBarrierOptions>? configure, StepTable table)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(source);
        var options = new SagaBarrierOptions();
        configure?.Invoke(options);
        return builder.Add(name, services => new DatabaseSagaBarrier(name, source(services), table, options.Isolation));
    }
}
