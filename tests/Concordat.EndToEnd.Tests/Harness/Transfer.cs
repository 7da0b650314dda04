using System.Text.Json.Nodes;

namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>The body of a transaction with one branch for each participant.</summary>
internal static class Transfer
{
    internal static JsonObject Of(params IEnumerable<string> participants) => Of(30, participants);

    internal static JsonObject Of(double timeoutSeconds, params IEnumerable<string> participants) => new()
    {
        ["name"] = "transfer",
        ["timeoutSeconds"] = timeoutSeconds,
        ["branches"] = new JsonArray([.. participants.Select(Branch)]),
    };

    private static JsonObject Branch(string participant) => new()
    {
        ["participant"] = participant,
        ["operations"] = new JsonArray(new JsonObject { ["type"] = "add", ["resource"] = "sum", ["data"] = new JsonObject { ["amount"] = 1 } }),
    };
}
