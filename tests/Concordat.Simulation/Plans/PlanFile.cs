using System.Text.Json;
using System.Text.Json.Serialization;

namespace Concordat.Simulation;

/// <summary>A plan as a file: what a failure is kept as, so that it is run again for ever, whatever becomes of the drawing of plans.</summary>
internal static class PlanFile
{
    private static readonly JsonSerializerOptions _options = new()
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static string Write(Plan plan) => JsonSerializer.Serialize(plan, _options) + "\n";

    /// <exception cref="JsonException">It is no plan.</exception>
    internal static Plan Read(string json) => JsonSerializer.Deserialize<Plan>(json, _options) ?? throw new JsonException("the file holds no plan");
}
