using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Matrix.Application.Work;

/// <summary>A transaction over connections that the SDK opens, with a service that takes part or without one.</summary>
internal sealed class Transactions(ServiceProvider services, string? participant) : IStack
{
    private readonly IConcordatClient _concordat = services.GetRequiredService<IConcordatClient>();

    public async Task RunAsync(TimeSpan timeout, Action<TransactionId> begun)
    {
        await using var transaction = await _concordat.BeginAsync(new BeginOptions { Timeout = timeout });
        begun(transaction.Id);
        foreach (var name in (string[])[Stacks.First, Stacks.Second])
        {
            await using var command = (await transaction.OpenAsync(name)).CreateCommand();
            command.CommandText = "UPDATE t SET v = v + 1 WHERE id = 1";
            await command.ExecuteNonQueryAsync();
        }

        if (participant is not null)
        {
            await transaction.EnlistAsync(participant, Operations.Of("count"));
        }

        await transaction.CommitAsync();
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
