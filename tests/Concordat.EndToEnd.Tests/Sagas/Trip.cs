using System.Text.Json.Nodes;
using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests.Sagas;

/// <summary>One call of a saga over three services, as it comes to pass.</summary>
/// <param name="Service">Its place.</param>
internal readonly record struct Move(int Service, string Call)
{
    internal string Point(string where) => $"{Call}-{where}";
}

/// <summary>A saga of three services, one after the other, of which the last may refuse.</summary>
internal static class Trip
{
    internal static readonly string[] Services = ["flights", "hotels", "cars"];

    internal static readonly Move[] Actions = [new(0, "action"), new(1, "action"), new(2, "action")];

    internal static readonly Move[] Compensations = [new(1, "compensation"), new(0, "compensation")];

    internal static JsonObject Of(bool refused) => new()
    {
        ["name"] = "trip",
        ["steps"] = new JsonArray([.. Services.Select((service, place) => Step(service, refuses: refused && place == 2))]),
    };

    internal static JsonObject Step(string service, bool refuses) => new()
    {
        ["name"] = service,
        ["participant"] = service,
        ["action"] = new JsonObject { ["path"] = "/action", ["body"] = new JsonObject { ["refuse"] = refuses } },
        ["compensation"] = new JsonObject { ["path"] = "/compensation", ["body"] = new JsonObject() },
        ["retry"] = new JsonObject { ["attempts"] = 1000, ["initialSeconds"] = 0.02, ["maxSeconds"] = 0.2 },
    };
}
