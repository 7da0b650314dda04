using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The wire form: camelCase, UTC times in whole milliseconds, absent rather than <c>null</c> in calls and requests.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(UtcTimeJsonConverter)])]
[JsonSerializable(typeof(TransactionRequest))]
[JsonSerializable(typeof(BranchRequest))]
[JsonSerializable(typeof(TransactionDocument))]
[JsonSerializable(typeof(TransactionList))]
[JsonSerializable(typeof(BranchDocument))]
[JsonSerializable(typeof(ResolveRequest))]
[JsonSerializable(typeof(ParticipantRequest))]
[JsonSerializable(typeof(ParticipantDocument))]
[JsonSerializable(typeof(ParticipantList))]
[JsonSerializable(typeof(CommitRequest))]
[JsonSerializable(typeof(BeginsRequest))]
[JsonSerializable(typeof(CommitsRequest))]
[JsonSerializable(typeof(BatchDocument))]
[JsonSerializable(typeof(ResourceRequest))]
[JsonSerializable(typeof(ResourceDocument))]
[JsonSerializable(typeof(ResourceList))]
[JsonSerializable(typeof(SweepDocument))]
[JsonSerializable(typeof(ListingRequest))]
[JsonSerializable(typeof(ListingAnswer))]
[JsonSerializable(typeof(ReportsRequest))]
[JsonSerializable(typeof(ReportsAnswer))]
[JsonSerializable(typeof(LookRequest))]
[JsonSerializable(typeof(PreparedList))]
[JsonSerializable(typeof(ReconcileAnswer))]
[JsonSerializable(typeof(EndedRequest))]
[JsonSerializable(typeof(EndedAnswer))]
[JsonSerializable(typeof(LocksRequest))]
[JsonSerializable(typeof(LockAnswer))]
[JsonSerializable(typeof(LockList))]
[JsonSerializable(typeof(IReadOnlyList<LockWait>))]
[JsonSerializable(typeof(SagaRequest))]
[JsonSerializable(typeof(SagaDocument))]
[JsonSerializable(typeof(SagaList))]
[JsonSerializable(typeof(StepResolveRequest))]
[JsonSerializable(typeof(PrepareCall))]
[JsonSerializable(typeof(PrepareAnswer))]
[JsonSerializable(typeof(CompleteCall))]
[JsonSerializable(typeof(InquiryAnswer))]
[JsonSerializable(typeof(IReadOnlyList<Operation>))]
public sealed partial class ContractJson : JsonSerializerContext;

/// <summary>RFC 3339 UTC in whole milliseconds, the resolution that every language's clock type keeps.</summary>
public sealed class UtcTimeJsonConverter : JsonConverter<DateTimeOffset>
{
    /// <summary>Of the form <c>yyyy-MM-dd'T'HH:mm:ss.fff</c>, with which the round-trip form begins.</summary>
    private const int LengthToMilliseconds = 23;

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TryGetDateTimeOffset(out var time) ? time.ToUniversalTime() : throw new JsonException("not an RFC 3339 time");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        // The round-trip form has a way of its own through the library; a custom one is interpreted, and documents have many times.
        Span<byte> text = stackalloc byte[LengthToMilliseconds + 6];
        value.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        text[LengthToMilliseconds] = (byte)'Z';
        writer.WriteStringValue(text[..(LengthToMilliseconds + 1)]);
    }
}
