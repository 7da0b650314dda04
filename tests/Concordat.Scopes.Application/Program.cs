using Concordat.Client;
using Concordat.Scopes.Application;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

// One scope over two databases, that stops for ever where it is told to: "prepared" or "decided". Whoever started it kills it there.
var (stopAt, coordinator, orders, billing) = (args[0], args[1], args[2], args[3]);
var services = new ServiceCollection();
services.AddLogging();
services.AddConcordatClient(o => o.Address = new Uri(coordinator))
    .AddResource("orders", "postgresql:test/orders")
    .AddResource("billing", "postgresql:test/billing")
    .Http.AddHttpMessageHandler(() => new StopAtDecision(stopAt));
await using var provider = services.BuildServiceProvider();
using var scope = provider.GetRequiredService<IConcordatClient>().CreateScope(new ScopeOptions { Timeout = TimeSpan.FromSeconds(3) });
foreach (var connectionString in (string[])[orders, billing])
{
    await using var connection = new NpgsqlConnection(connectionString);
    await connection.OpenAsync();
    await using var command = new NpgsqlCommand("INSERT INTO entries VALUES (1)", connection);
    await command.ExecuteNonQueryAsync();
}

scope.Complete();
