using System.Text.Json.Nodes;
using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Sagas;

/// <summary>A place in a body for <c>/v</c> of a step's result.</summary>
internal sealed record Place(int Step, bool HasDefault, JsonNode? Default);

internal abstract record PlannedWork
{
    /// <param name="Uses">What its body needs; null where it has none.</param>
    internal sealed record Call(string Service, Place? Uses) : PlannedWork;

    internal sealed record Transaction(IReadOnlyList<string> Services) : PlannedWork;
}

/// <summary>A step, as a test plans it.</summary>
internal sealed record PlannedStep(string Name, int[] After, PlannedWork Action, PlannedWork? Undo, int Attempts)
{
    internal PlannedWork? WorkOf(StepPhase phase) => phase == StepPhase.Action ? Action : Undo;

    internal StepSpec ToSpec() => new(
        Name, WorkOf(Action, "/do"), Undo is null ? null : WorkOf(Undo, "/undo"), [.. After.Select(NameOf)], Attempts, new Backoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2)));

    internal static string NameOf(int step) => $"s{step}";

    private static StepWork WorkOf(PlannedWork work, string path) => work switch
    {
        PlannedWork.Call call => new StepCall(call.Service, path, call.Uses is { } place ? BodyWith(place) : default),
        PlannedWork.Transaction transaction => new StepTransaction([.. transaction.Services.Select(static service => new BranchSpec(service, default))]),
        _ => throw new InvalidOperationException(),
    };

    private static byte[] BodyWith(Place place)
    {
        var reference = new JsonObject { ["$result"] = NameOf(place.Step), ["path"] = "/v" };
        if (place.HasDefault)
        {
            reference["default"] = place.Default?.DeepClone();
        }

        return System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["of"] = reference }.ToJsonString());
    }
}
