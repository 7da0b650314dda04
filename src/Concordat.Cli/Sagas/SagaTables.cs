using System.Globalization;
using Concordat.Cli.Output;
using Spectre.Console;

namespace Concordat.Cli.Sagas;

/// <summary>Sagas for people.</summary>
internal static class SagaTables
{
    internal static Table OfMany(IEnumerable<SagaDocument> sagas)
    {
        var table = Tables.Create("ID", "NAME", "STATE", "CREATED", "STEPS", "REASON");
        foreach (var saga in sagas)
        {
            table.AddRow(
                saga.Id.ToString(), saga.Name, Wire.Name(saga.State), Time(saga.CreatedAt),
                string.Join(' ', saga.Steps.Select(step => $"{step.Name}={Wire.Name(step.State)}")), Reason(saga.Reason));
        }

        return table;
    }

    internal static void Write(Terminal terminal, SagaDocument saga)
    {
        var head = Tables.Create("SAGA", saga.Id.ToString());
        head.AddRow("name", saga.Name);
        head.AddRow("state", Wire.Name(saga.State));
        head.AddRow("outcome", saga.Outcome is { } outcome ? Wire.Name(outcome) : null);
        head.AddRow("reason", Reason(saga.Reason));
        head.AddRow("created", Time(saga.CreatedAt));
        head.AddRow("deadline", Time(saga.Deadline));
        head.AddRow("completed", Time(saga.CompletedAt));
        foreach (var (name, value) in saga.Labels)
        {
            head.AddRow("label " + name, value);
        }

        terminal.Write(head);
        terminal.Out.WriteLine();
        terminal.Write(OfSteps(saga.Steps));
        terminal.Out.WriteLine();
        terminal.Write(OfHistory(saga.History));
    }

    private static Table OfSteps(IReadOnlyList<SagaStepDocument> steps)
    {
        var table = Tables.Create("STEP", "PARTICIPANT", "STATE", "ATTEMPTS", "NEXT ATTEMPT", "LAST ERROR", "UNDO ATTEMPTS", "NEXT UNDO", "UNDO ERROR", "RESOLVED");
        foreach (var step in steps)
        {
            var undo = step.Compensation;
            table.AddRow(
                step.Name, step.Participant ?? "(transaction)", Wire.Name(step.State), Number(step.Attempts), Time(step.NextAttemptAt), step.LastError,
                undo is null ? null : Number(undo.Attempts), Time(undo?.NextAttemptAt), undo?.LastError,
                undo?.ResolvedBy is { } hand ? $"by {hand.Who}, {Time(hand.At)}: {hand.Why}" : null);
        }

        return table;
    }

    private static Table OfHistory(IReadOnlyList<SagaEvent> history)
    {
        var table = Tables.Create("WHEN", "STEP", "STATE", "ATTEMPTS", "MESSAGE");
        foreach (var e in history)
        {
            table.AddRow(Time(e.At), e.Step ?? "(saga)", e.State, e.Attempts is { } attempts ? Number(attempts) : null, e.Message);
        }

        return table;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string? Reason(SagaReason? reason) => reason is null
        ? null
        : string.Join(": ", new[] { Wire.Name(reason.Code), reason.Step, reason.Message }.OfType<string>());
}
