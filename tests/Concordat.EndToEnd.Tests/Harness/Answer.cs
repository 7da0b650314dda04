using System.Net;
using System.Text.Json.Nodes;

namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>What the coordinator answered, read as a client in any language would.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonNode Body)
{
    internal string Id => Text("id")!;

    internal string? Outcome => Text("outcome");

    internal string? State => Text("state");

    /// <summary>The stable name of a problem.</summary>
    internal string? Problem => Text("type");

    internal string? ReasonCode => (string?)Body["reason"]?["code"];

    internal DateTimeOffset Deadline => DateTimeOffset.Parse(Text("deadline")!);

    internal JsonNode Branch(string participant) => Body["branches"]!.AsArray().Single(b => (string?)b!["participant"] == participant)!;

    internal string? BranchState(string participant) => (string?)Branch(participant)["state"];

    internal void IsOutcome(string outcome)
    {
        Assert.True(Status == HttpStatusCode.OK && Outcome == outcome, $"expected {outcome}, and the answer was {this}");
    }

    public override string ToString() => $"{(int)Status} {Body.ToJsonString()}";

    private string? Text(string member) => (string?)Body[member];
}
