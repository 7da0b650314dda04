using System.Globalization;
using System.Text.Json;
using Concordat.Cli.Output;
using Concordat.Log;

namespace Concordat.Cli.Checking;

/// <summary>Each violation with its records, then what was looked at and what was not.</summary>
internal static class AuditReport
{
    internal static void Write(Terminal terminal, OutputFormat format, AuditResult result)
    {
        if (format == OutputFormat.Json)
        {
            terminal.WriteJson(json => WriteJson(json, result));
            return;
        }

        foreach (var violation in result.Findings.Violations)
        {
            WriteViolation(terminal, violation);
        }

        terminal.Write(Logs(result));
        terminal.Out.WriteLine();
        terminal.Write(Summary(result));
        terminal.Out.WriteLine();
        terminal.Out.WriteLine(result.Findings.Total == 0 ? "No violations." : $"{result.Findings.Total} violations.");
    }

    private static void WriteViolation(Terminal terminal, Violation violation)
    {
        var where = violation.Where;
        var place = string.Join(", ", new[]
        {
            where.Transaction is { } id ? $"transaction {id}" : null,
            where.Branch is { } branch ? $"branch {branch}" : null,
            where.Participant is { } participant ? $"participant {participant}" : null,
        }.OfType<string>());
        terminal.Out.WriteLine(Tables.Printable($"VIOLATION {Kebab.Name(violation.Kind)}: {(place.Length == 0 ? "" : place + ": ")}{violation.Text}"));
        foreach (var record in violation.Records)
        {
            terminal.Out.WriteLine(Tables.Printable($"  {record.Log}: {record.Record} at position {record.Position}, {record.Time}"));
        }

        terminal.Out.WriteLine();
    }

    private static Spectre.Console.Table Logs(AuditResult result)
    {
        var table = Tables.Create("LOG", "RECORDS", "CONDITION", "WHERE");
        table.AddRow("coordinator", Number(result.Coordinator.Records), Condition(result.Coordinator.Condition), result.Coordinator.Location);
        foreach (var participant in result.Participants)
        {
            table.AddRow(participant.Taker.Name, Number(participant.Records), Condition(participant.Condition), participant.Location);
        }

        return table;
    }

    private static Spectre.Console.Table Summary(AuditResult result)
    {
        var table = Tables.Create("WHAT", "COUNT");
        table.AddRow("transactions", Number(result.Coordinator.Taker.Transactions.Count));
        table.AddRow("  committed", Number(Count(result, Outcome.Committed)));
        table.AddRow("  aborted", Number(Count(result, Outcome.Aborted)));
        table.AddRow("  undecided", Number(Count(result, null)));
        if (result.Coordinator.Taker.Sagas is { Any: true } sagas)
        {
            table.AddRow("sagas completed", Number(sagas.Count(SagaOutcome.Completed)));
            table.AddRow("sagas compensated", Number(sagas.Count(SagaOutcome.Compensated)));
            table.AddRow("sagas not ended", Number(sagas.Count(null)));
        }

        table.AddRow("branches as they must be", Number(result.Findings.Sound));
        foreach (var (reason, count) in result.Findings.Unjudged)
        {
            table.AddRow($"branches not checked: {Kebab.Name(reason)}", Number(count));
        }

        foreach (var (kind, count) in result.Findings.Counts)
        {
            table.AddRow($"violations: {Kebab.Name(kind)}", Number(count));
        }

        return table;
    }

    private static void WriteJson(Utf8JsonWriter json, AuditResult result)
    {
        json.WriteStartObject();
        json.WriteStartArray("violations");
        foreach (var violation in result.Findings.Violations)
        {
            WriteJson(json, violation);
        }

        json.WriteEndArray();
        json.WriteNumber("violationCount", result.Findings.Total);
        json.WriteNumber("sound", result.Findings.Sound);
        json.WriteStartObject("notChecked");
        foreach (var (reason, count) in result.Findings.Unjudged)
        {
            json.WriteNumber(Kebab.Name(reason), count);
        }

        json.WriteEndObject();
        json.WriteStartObject("transactions");
        json.WriteNumber("committed", Count(result, Outcome.Committed));
        json.WriteNumber("aborted", Count(result, Outcome.Aborted));
        json.WriteNumber("undecided", Count(result, null));
        json.WriteEndObject();
        json.WriteStartObject("sagas");
        json.WriteNumber("completed", result.Coordinator.Taker.Sagas.Count(SagaOutcome.Completed));
        json.WriteNumber("compensated", result.Coordinator.Taker.Sagas.Count(SagaOutcome.Compensated));
        json.WriteNumber("notEnded", result.Coordinator.Taker.Sagas.Count(null));
        json.WriteEndObject();
        json.WriteStartArray("logs");
        WriteLog(json, "coordinator", result.Coordinator.Records, result.Coordinator.Condition, result.Coordinator.Location);
        foreach (var participant in result.Participants)
        {
            WriteLog(json, participant.Taker.Name, participant.Records, participant.Condition, participant.Location);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteJson(Utf8JsonWriter json, Violation violation)
    {
        json.WriteStartObject();
        json.WriteString("kind", Kebab.Name(violation.Kind));
        json.WriteString("transactionId", violation.Where.Transaction?.ToString());
        json.WriteString("branchId", violation.Where.Branch);
        json.WriteString("participant", violation.Where.Participant);
        json.WriteString("text", violation.Text);
        json.WriteStartArray("records");
        foreach (var record in violation.Records)
        {
            json.WriteStartObject();
            json.WriteString("log", record.Log);
            json.WriteString("record", record.Record);
            json.WriteNumber("position", record.Position);
            json.WriteString(record.Time.IsCreation ? "transactionCreatedAt" : "at", DateTimeOffset.FromUnixTimeMilliseconds(record.Time.UnixMilliseconds));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLog(Utf8JsonWriter json, string name, long records, LogCondition condition, string location)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteNumber("records", records);
        json.WriteString("condition", Condition(condition));
        json.WriteString("location", location);
        json.WriteEndObject();
    }

    private static long Count(AuditResult result, Outcome? outcome) => result.Coordinator.Taker.Transactions.Values.LongCount(t => t.Outcome == outcome);

    private static string Condition(LogCondition condition) => Kebab.Name(condition);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
