using System.Data.Common;
using System.Text.Json;
using Concordat.Client.Sagas;
using Concordat.Databases;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Concordat.EndToEnd.SagaService;

/// <summary>As an author of a service writes it: each effect is a row, and the barrier keeps repetitions and what comes late away from it.</summary>
internal static class BarrierService
{
    private const string Barrier = "effects";

    internal static void Add(IServiceCollection services, string connectionString)
    {
        services.AddSingleton(NpgsqlDataSource.Create(connectionString));
        services.AddSagaBarriers().AddPostgres(Barrier, s => s.GetRequiredService<NpgsqlDataSource>());
    }

    internal static void Map(IEndpointRouteBuilder app, string name)
    {
        app.MapSagaStep<JsonElement>(Barrier, "/action", async (call, work, transaction) =>
        {
            await InsertAsync(transaction, name, call, "done");
            return work.GetProperty("refuse").GetBoolean() ? StepResult.Refused("no room") : StepResult.Done(new { booking = $"{name}-{call.Saga}" });
        });
        app.MapSagaCompensation<JsonElement>(Barrier, "/compensation", (call, _, transaction) => InsertAsync(transaction, name, call, "undone"));
    }

    private static async Task InsertAsync(SagaTransaction transaction, string name, SagaStepCall call, string what)
    {
        await using var command = transaction.Connection.CreateCommand();
        command.Transaction = transaction.Transaction;
        command.CommandText = "INSERT INTO effects (saga, service, what) VALUES (@saga, @service, @what)";
        foreach (var (parameter, value) in new[] { ("saga", call.Saga.ToString()), ("service", name), ("what", what) })
        {
            command.Parameters.Add(new NpgsqlParameter(parameter, value));
        }

        await command.ExecuteNonQueryAsync(call.Cancellation);
    }
}
