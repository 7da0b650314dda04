using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Concordat.Core;

namespace Concordat.Server.Delivery;

/// <summary>Writes the body of a call as the contract has it. The operations are the client's own bytes, passed on unread.</summary>
internal static class CallBody
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    internal static byte[] Write(Call call, string inquiryBase)
    {
        var buffer = new ArrayBufferWriter<byte>(384 + call.Operations.Length);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        var target = call.Target;
        json.WriteStartObject();
        json.WriteString("transactionId"u8, call.Key.Transaction.ToGuid());
        json.WriteString("branchId"u8, target.BranchId);
        Time(json, "createdAt"u8, target.CreatedAt);
        if (call.Kind == CallKind.Prepare)
        {
            Time(json, "deadline"u8, target.Deadline);
        }

        Time(json, "endedBefore"u8, call.EndedBefore);
        if (call.Kind is CallKind.Prepare)
        {
            json.WriteString("inquiryUrl"u8, $"{inquiryBase}/v1/transactions/{call.Key.Transaction}/outcome?branch={target.BranchId}");
        }

        if (call.Evidence is { } evidence)
        {
            json.WriteString("evidence"u8, evidence);
        }

        if (call.Kind == CallKind.OnePhase)
        {
            json.WriteBoolean("onePhase"u8, true);
        }

        if (call.Kind is CallKind.Prepare or CallKind.OnePhase)
        {
            json.WritePropertyName("operations"u8);
            json.WriteRawValue(call.Operations.IsEmpty ? "[]"u8 : call.Operations.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Time(Utf8JsonWriter json, ReadOnlySpan<byte> name, Timestamp time)
    {
        Span<char> text = stackalloc char[TimeFormat.Length];
        time.ToDateTimeOffset().UtcDateTime.TryFormat(text, out var length, TimeFormat, CultureInfo.InvariantCulture);
        json.WriteString(name, text[..length]);
    }
}
