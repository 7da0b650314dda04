using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Concordat.Matrix.Application.Work;

/// <summary>A scope over two connections of Npgsql as it comes.</summary>
internal sealed class NpgsqlScope(ServiceProvider services, string first, string second) : IStack
{
    private readonly IConcordatClient _concordat = services.GetRequiredService<IConcordatClient>();

    public async Task RunAsync(TimeSpan timeout, Action<TransactionId> begun)
    {
        using var scope = _concordat.CreateScope(new ScopeOptions { Timeout = timeout });
        begun(scope.Id!.Value);
        foreach (var connectionString in (string[])[first, second])
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("UPDATE t SET v = v + 1 WHERE id = 1", connection);
            await command.ExecuteNonQueryAsync();
        }

        scope.Complete();
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
