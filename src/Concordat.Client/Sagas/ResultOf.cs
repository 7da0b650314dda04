using System.Text.Json;

namespace Concordat.Client;

/// <summary>Places in a body that the coordinator fills with what a step has answered.</summary>
public static class ResultOf
{
    /// <summary>What stands there in the step's result. The step must be one that is done before; a compensation names its own only with a default.</summary>
    /// <param name="path">A JSON pointer (RFC 6901), such as <c>/booking/id</c>; empty is all of it.</param>
    public static JsonElement Step(string step, string path = "") => Make(step, path, null);

    /// <summary>The same, and what stands there where the result has nothing at that place, or is not known.</summary>
    /// <param name="orElse">Serialized as the web does: camelCase.</param>
    public static JsonElement StepOrElse<T>(string step, string path, T orElse) => Make(step, path, JsonSerializer.SerializeToElement(orElse, JsonSerializerOptions.Web));

    private static JsonElement Make(string step, string path, JsonElement? orElse)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(path);
        var reference = new Dictionary<string, object?>(StringComparer.Ordinal) { ["$result"] = step, ["path"] = path };
        if (orElse is { } instead)
        {
            reference["default"] = instead;
        }

        return JsonSerializer.SerializeToElement(reference);
    }
}
