using System.Globalization;
using Concordat.Cli.Output;
using Spectre.Console;

namespace Concordat.Cli.Transactions;

/// <summary>Transactions for people.</summary>
internal static class TransactionTables
{
    internal static Table OfMany(IEnumerable<TransactionDocument> transactions)
    {
        var table = Tables.Create("ID", "NAME", "STATE", "OUTCOME", "CREATED", "BRANCHES", "REASON");
        foreach (var t in transactions)
        {
            table.AddRow(
                t.Id.ToString(), t.Name, Wire.Name(t.State), Outcome(t), Time(t.CreatedAt),
                string.Join(' ', t.Branches.Select(b => $"{b.Participant}={Wire.Name(b.State)}")), Reason(t.Reason));
        }

        return table;
    }

    internal static void Write(Terminal terminal, TransactionDocument t)
    {
        var head = Tables.Create("TRANSACTION", t.Id.ToString());
        head.AddRow("name", t.Name);
        head.AddRow("state", Wire.Name(t.State));
        head.AddRow("outcome", Outcome(t));
        head.AddRow("reason", Reason(t.Reason));
        head.AddRow("created", Time(t.CreatedAt));
        head.AddRow("deadline", Time(t.Deadline));
        head.AddRow("decided", Time(t.DecidedAt));
        head.AddRow("completed", Time(t.CompletedAt));
        foreach (var (name, value) in t.Labels)
        {
            head.AddRow("label " + name, value);
        }

        terminal.Write(head);
        if (t.Branches.Count > 0)
        {
            terminal.Out.WriteLine();
            terminal.Write(OfBranches(t.Branches));
        }
    }

    private static Table OfBranches(IReadOnlyList<BranchDocument> branches)
    {
        var table = Tables.Create("BRANCH", "PARTICIPANT", "STATE", "VOTE", "ATTEMPTS", "NEXT ATTEMPT", "LAST ERROR", "SETTLED");
        foreach (var b in branches)
        {
            table.AddRow(
                b.Id, b.Participant, Wire.Name(b.State), b.Vote is { } vote ? Wire.Name(vote) : null,
                b.Attempts.ToString(CultureInfo.InvariantCulture), Time(b.NextAttemptAt), b.LastError,
                b.Heuristic is { } h ? $"{Wire.Name(h.As)} by {h.Who}, {Time(h.At)}: {h.Why}" : null);
        }

        return table;
    }

    private static string? Outcome(TransactionDocument t) => t.Outcome is { } outcome ? Wire.Name(outcome) : null;

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string? Reason(AbortReason? reason) => reason is null
        ? null
        : string.Join(": ", new[] { Wire.Name(reason.Code), reason.Participant, reason.Message }.OfType<string>());
}
