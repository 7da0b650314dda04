using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Tests.Transactions;

/// <summary>A client in front of a scripted coordinator.</summary>
internal sealed class ClientRig : IDisposable
{
    public const string Id = "0000000c-0700-8000-8000-000000000001";
    private readonly ServiceProvider _services;

    public ClientRig(Action<ConcordatClientOptions>? with = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddConcordatClient(o =>
        {
            o.Address = new Uri("http://coordinator:7070/base");
            with?.Invoke(o);
        }).Http.ConfigurePrimaryHttpMessageHandler(() => Coordinator);
        _services = services.BuildServiceProvider();
        Client = _services.GetRequiredService<IConcordatClient>();
    }

    public ScriptedCoordinator Coordinator { get; } = new();

    public IConcordatClient Client { get; }

    public static TransactionRequest Request => new TransactionBuilder("transfer")
        .WithTimeout(TimeSpan.FromSeconds(5))
        .WithLabel("order", "42")
        .WithBranch("bank-a", Operations.Of("debit", "alice", new { amount = 100 }))
        .WithBranch("bank-b", Operations.Of("credit", "bob", new { amount = 100 }))
        .Build();

    public static string Document(string state, string? outcome, string reason = "null") => $$"""
        {"id": "{{Id}}", "name": "transfer", "state": "{{state}}", "outcome": {{(outcome is null ? "null" : $"\"{outcome}\"")}}, "reason": {{reason}},
         "createdAt": "2026-01-01T00:00:00.000Z", "deadline": "2026-01-01T00:01:00.000Z", "labels": {}, "branches": [], "history": [], "of tomorrow": 1}
        """;

    public static string Committed => Document("committing", "committed");

    public static string Aborted => Document("aborting", "aborted", """{"code": "vote-no", "participant": "bank-a", "message": "insufficient funds"}""");

    public SeenRequest[] Seen => [.. Coordinator.Seen];

    public ScriptedCoordinator AnswerCommitted() => Coordinator.Answer(HttpStatusCode.OK, Committed);

    public void Dispose() => _services.Dispose();
}
