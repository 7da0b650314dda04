using System.Text.Json.Serialization;

namespace Concordat.Server.Http;

/// <summary>The documents that only this server makes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthDocument))]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ServerJson : JsonSerializerContext;

/// <summary>The shape of a problem document, for the OpenAPI description; <see cref="ProblemAnswers"/> writes it.</summary>
/// <param name="Cycle">Of the problem <c>deadlock</c>: every wait of it.</param>
internal sealed record ProblemDocument(
    string Type, string Title, int Status, string Detail, string TraceId, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ProblemWait>? Cycle = null);

/// <summary>The shape of a <see cref="LockWait"/>.</summary>
internal sealed record ProblemWait(string Transaction, string WaitsFor, string Mode, string HeldBy, bool Queued);
