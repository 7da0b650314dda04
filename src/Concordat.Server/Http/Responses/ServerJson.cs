using System.Text.Json.Serialization;

namespace Concordat.Server.Http;

/// <summary>The documents that only this server makes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthDocument))]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ServerJson : JsonSerializerContext;

/// <summary>The shape of a problem document, for the OpenAPI description; <see cref="ProblemAnswers"/> writes it.</summary>
internal sealed record ProblemDocument(string Type, string Title, int Status, string Detail, string TraceId);
