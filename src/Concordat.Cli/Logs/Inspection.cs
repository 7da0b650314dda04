using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Concordat.Cli.Output;
using Concordat.Core.Encoding;
using Concordat.Log;

namespace Concordat.Cli.Logs;

/// <summary>Writes every item of a log as it is read: a line per item, or an element of an array.</summary>
internal static class Inspection
{
    private const int Width = -22;

    internal static ExitCode Run(ILogStorage storage, LogKind kind, OutputFormat format, Terminal terminal)
    {
        var condition = LogCondition.Empty;
        using var array = format == OutputFormat.Json ? new JsonArrayOutput(terminal.Out) : null;
        if (array is null)
        {
            terminal.Out.WriteLine(Line("POSITION", "AT", "WHAT", "SEGMENT:OFFSET", "CONTENT"));
        }

        foreach (var item in LogInspector.Inspect(storage))
        {
            var shown = Describe(item, kind);
            if (array is not null)
            {
                array.Add(JsonOutput.Line(json => shown.WriteTo(json)));
            }
            else
            {
                terminal.Out.WriteLine(Text(shown));
            }

            condition = item is LogVerdictItem verdict ? verdict.Condition : condition;
        }

        return condition is LogCondition.Damaged or LogCondition.Unknown ? ExitCode.Error : ExitCode.Ok;
    }

    internal static JsonObject Describe(LogItem item, LogKind kind) => item switch
    {
        LogSegmentItem i => Item(i, "segment", i.FirstPosition.Value,
            ("identity", i.Identity.ToString("D")), ("number", i.Number), ("sizeBytes", i.SizeBytes), ("durablePosition", i.DurablePosition.Value)),
        LogSpareItem i => Item(i, "spare", null, ("sizeBytes", i.SizeBytes)),
        LogHeaderlessItem i => Item(i, "headerless", null, ("sizeBytes", i.SizeBytes), ("problem", i.Reason)),
        LogFrameItem { IsMark: true } i => Item(i, "mark", i.Position.Value,
            ("mark", i.Type switch { LogFormat.StopMark => "stop", LogFormat.IdleMark => "idle", _ => $"type {i.Type}" }),
            ("durablePosition", i.DurablePosition.Value), ("problem", i.Problem)),
        LogFrameItem i => Record(i, kind),
        LogBadRegionItem i => Item(i, "bad", null, ("lengthBytes", i.Length), ("problem", i.Reason)),
        LogVerdictItem i => Item(i, "verdict", i.Position.Value, ("condition", Name(i.Condition)), ("problem", i.Reason.Length == 0 ? null : i.Reason)),
        _ => Item(item, item.GetType().Name, null),
    };

    private static JsonObject Record(LogFrameItem frame, LogKind kind)
    {
        RecordDescription? described = null;
        var problem = frame.Problem;
        try
        {
            described = kind switch
            {
                LogKind.Coordinator => CoordinatorRecordDescriptions.Describe(frame.Type, frame.Payload.Span),
                LogKind.Participant => ParticipantRecordDescriptions.Describe(frame.Type, frame.Payload.Span),
                _ => null,
            };
        }
        catch (Exception e) when (e is RecordFormatException or OverflowException or ArgumentOutOfRangeException)
        {
            problem = problem is null ? e.Message : $"{problem}; {e.Message}";
        }

        var shown = Item(frame, "record", frame.Position.Value, ("type", described?.Type ?? $"type {frame.Type}"), ("at", described?.At?.ToString()),
            ("transactionId", described?.Transaction?.ToString()), ("fields", described?.Fields),
            ("bytes", frame.Payload.Length), ("durablePosition", frame.DurablePosition.Value), ("problem", problem));
        if (described is null)
        {
            shown.Add("payload", Convert.ToHexStringLower(frame.Payload.Span));
        }

        return shown;
    }

    private static JsonObject Item(LogItem item, string kind, long? position, params ReadOnlySpan<(string, JsonNode?)> more)
    {
        var shown = RecordDescription.Object(("kind", kind), ("segment", item.Segment), ("offset", item.Offset), ("position", position));
        foreach (var (name, value) in more)
        {
            if (value is not null)
            {
                shown.Add(name, value);
            }
        }

        return shown;
    }

    private static string Text(JsonObject item)
    {
        var kind = (string)item["kind"]!;
        var what = kind switch
        {
            "record" => (string)item["type"]!,
            "mark" => $"{item["mark"]} mark",
            _ => kind.ToUpperInvariant(),
        };
        var content = new List<string>();
        if (item["transactionId"] is { } transaction)
        {
            content.Add((string)transaction!);
        }

        foreach (var (name, value) in item)
        {
            switch (name)
            {
                case "kind" or "segment" or "offset" or "position" or "at" or "type" or "mark" or "transactionId" or "bytes":
                case "durablePosition" when kind is "record" or "mark":
                    break;
                case "fields":
                    content.AddRange(((JsonObject)value!).Select(field => $"{field.Key}={Plain(field.Value)}"));
                    break;
                default:
                    content.Add($"{name}={Plain(value)}");
                    break;
            }
        }

        return Line(
            item["position"]?.ToString() ?? "-", (string?)item["at"] ?? "-", what, $"{item["segment"]}:{item["offset"]}", string.Join(' ', content));
    }

    private static string Line(string position, string at, string what, string where, string content) =>
        string.Create(CultureInfo.InvariantCulture, $"{position,12}  {at,-24}  {what,Width}  {where,-30}  {Tables.Printable(content)}").TrimEnd();

    private static string Plain(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue v when v.GetValueKind() == JsonValueKind.String && v.GetValue<string>() is var text =>
            text.Length > 0 && !text.AsSpan().ContainsAny(" \"=") ? text : JsonOutput.Line(json => json.WriteStringValue(text)),
        _ => JsonOutput.Line(json => value.WriteTo(json)),
    };

    private static string Name(LogCondition condition) => condition switch
    {
        LogCondition.Empty => "empty",
        LogCondition.Sound => "sound",
        LogCondition.TornTail => "torn-tail",
        LogCondition.Damaged => "damaged",
        _ => "unknown-version",
    };
}
