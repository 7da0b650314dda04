using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Tests.Scenarios;

/// <summary>Effects, answers and transactions as lines of text, with the scenario's names for ids and times since its beginning.</summary>
internal sealed partial class ScenarioPrinter(Timestamp start)
{
    private readonly Dictionary<TransactionId, string> _names = [];

    internal void Name(TransactionId id, string name) => _names[id] = name;

    internal string Id(TransactionId id) => _names.GetValueOrDefault(id, "?");

    internal string Time(DateTimeOffset time) => Time(Timestamp.From(time));

    internal string Time(Timestamp time) => "+" + (time - start).TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";

    internal string Key(CallKey key, string? branchId = null) => $"{Id(key.Transaction)}/{branchId ?? (key.Branch + 1).ToString(CultureInfo.InvariantCulture)}#{key.Attempt}";

    internal string Call(Call call)
    {
        var text = $"{Word(call.Kind.ToString())} {Key(call.Key, call.Target.BranchId)} to {call.Target.Participant}";
        if (call.Operations.Length > 0)
        {
            text += $" operations={System.Text.Encoding.UTF8.GetString(call.Operations.Span)}";
        }

        return text + (call.Evidence is { } evidence ? $" evidence={evidence}" : "") + $" endedBefore={Time(call.EndedBefore)}";
    }

    internal string Record(CoordinatorRecord record) => record switch
    {
        EpochStarted r => $"EpochStarted {r.Number}{(r.Restored ? " restored" : "")}",
        ParticipantPut r => $"ParticipantPut {r.Name}",
        ParticipantRemoved r => $"ParticipantRemoved {r.Name}",
        Begun r => $"Begun {Id(r.Id)} [{string.Join(' ', r.Branches.Select(b => $"{b.Id}:{b.Participant}"))}]",
        Enlisted r => $"Enlisted {Id(r.Id)} {r.Branch.Id}:{r.Branch.Participant}",
        OnePhaseStarted r => $"OnePhaseStarted {Id(r.Id)}",
        Decided { Outcome: Outcome.Committed } r => $"Decided {Id(r.Id)} committed [{string.Join(' ', r.Prepared.Select(p => p.Branch + 1))}]",
        Decided r => $"Decided {Id(r.Id)} aborted {Reason(r.Reason)}",
        BranchSettled r => $"BranchSettled {Id(r.Id)}/{r.Branch + 1} {Word(r.As.ToString())} by {r.Who}: {r.Why}",
        UnknownSettled r => $"UnknownSettled {Id(r.Id)} {Word(r.Outcome.ToString())} by {r.Who}: {r.Why}",
        Ended r => $"Ended {Id(r.Id)} {Word(r.Outcome.ToString())}",
        Locked r => $"Locked {Id(r.Id)} [{string.Join(' ', r.Locks.Select(l => $"{l.Key}:{Word(l.Mode.ToString())}={l.Token}"))}]",
        TokensReserved r => $"TokensReserved {r.UpTo}",
        CheckpointStarted r => $"CheckpointStarted {r.Transactions}",
        EpochKnown r => $"EpochKnown {r.Number}{(r.Restored ? " restored" : "")} forgottenUpTo={r.ForgottenUpTo}",
        TransactionSnapshot => "TransactionSnapshot",
        SagaRecord or SagaRemembered => Saga(record),
        _ => record.GetType().Name,
    };

    internal string Reply(Reply reply, Func<Transaction, TransactionDocument> documentOf, Func<Transaction, int, BranchDocument> branchOf) => reply switch
    {
        TransactionReply { Transaction: var t } r => $"{Word(r.How.ToString())} {Summary(documentOf(t))}",
        BranchReply r => $"{Word(r.How.ToString())} branch {branchOf(r.Transaction, r.Branch).Id} of {Id(r.Transaction.Id)}",
        LockReply r => $"token {r.FencingToken}",
        LocksReply r => $"locks [{string.Join(", ", r.Items.Select(Lock))}]{(r.NextCursor is null ? "" : $" next={r.NextCursor}")}",
        ListReply r => $"list [{string.Join(' ', r.Items.Select(i => Id(i.Id)))}]{(r.NextCursor is null ? "" : $" next={r.NextCursor}")}",
        InquiryReply r => $"{Word(r.Outcome.ToString())}{(r.Presumed ? " presumed" : "")}",
        ParticipantReply r => $"{Word(r.How.ToString())} {r.Participant.Name} {(r.Participant.IsDown ? "down" : "up")} unfinished={r.Participant.Unfinished} backlog={r.Participant.Backlog}",
        ParticipantsReply r => $"participants [{string.Join(' ', r.Participants.Select(p => p.Name))}]",
        RemovedReply r => $"removed {r.Participant}",
        SweepBegunReply r => $"ticket {r.Ticket.Epoch}.{r.Ticket.DurableRecords}, awaiting [{string.Join(' ', r.Awaiting.Select(b => $"{Id(b.TransactionId)}/{b.BranchId}={b.Evidence}"))}]{(r.More ? " and more" : "")}",
        LookedReply r => $"looked [{string.Join(", ", r.Items.Select(i => $"{Word(i.Class.ToString())}{Of(i.Transaction)}"))}]",
        EndedReply r => $"ended [{string.Join(' ', r.Ended.Select(e => e ? "yes" : "no"))}]",
        SweptReply r => $"swept [{string.Join(' ', r.Prepared.Select(c => Word(c.ToString())))}]{(r.Done > 0 ? $", {r.Done} done" : "")}",
        ReportedReply r => $"reported [{string.Join(' ', r.Refusals.Select(p => p is null ? "taken" : $"{p.Kind}: {WithNames(p.Detail)}"))}]",
        SagaReply r => $"{Word(r.How.ToString())} {Summary(r.Saga)}",
        SagasReply r => $"sagas [{string.Join(' ', r.Items.Select(i => Id(i.Id)))}]{(r.NextCursor is null ? "" : $" next={r.NextCursor}")}",
        ProblemReply r => $"problem {r.Kind}: {WithNames(r.Detail)}",
        _ => reply.ToString(),
    };

    private string Of(PreparedTransaction? transaction) => transaction is null ? ""
        : $" of {Id(transaction.Id)} {(transaction.State is { } state ? Word(state.ToString()) : "unknown")}{(transaction.Outcome is { } outcome ? " " + Word(outcome.ToString()) : "")}";

    private string Lock(LockDocument key) =>
        $"{key.Key} held by {string.Join(' ', key.Holders.Select(h => $"{Id(h.Transaction)}:{Word(h.Mode.ToString())}={(h.FencingToken is { } token ? token : "?")}@{Time(h.Since)}"))}"
        + (key.Waiting.Count == 0 ? "" : $" awaited by {string.Join(' ', key.Waiting.Select(w => $"{Id(w.Transaction)}:{Word(w.Mode.ToString())}@{Time(w.Since)}"))}");

    internal string Deadlock(DeadlockFound found) =>
        $"deadlock, victim {Id(found.Victim)}: {string.Join("; ", found.Cycle.Select(w => $"{Id(w.Transaction)} waits for {w.WaitsFor} {Word(w.Mode.ToString())} {(w.Queued ? "behind" : "of")} {Id(w.HeldBy)}"))}";

    internal string Summary(TransactionDocument document) =>
        $"{Id(document.Id)} {Word(document.State.ToString())}, outcome {(document.Outcome is { } o ? Word(o.ToString()) : "not known yet")}"
        + (document.Reason is null ? "" : $", {Reason(document.Reason)}");

    /// <summary>All of it, a line per branch.</summary>
    internal string Whole(TransactionDocument document)
    {
        var text = new StringBuilder();
        text.Append(Summary(document)).Append(CultureInfo.InvariantCulture, $", created {Time(document.CreatedAt)}, deadline {Time(document.Deadline)}\n");
        text.Append("  history").AppendJoin("", document.History.Select(h => $" {Word(h.State.ToString())} {Time(h.At)}")).Append('\n');
        foreach (var branch in document.Branches)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {branch.Id} {branch.Participant} {Word(branch.State.ToString())}");
            text.Append(branch.Vote is { } vote ? $" vote={Word(vote.ToString())}" : "");
            text.Append(branch.Attempts > 0 ? $" attempts={branch.Attempts}" : "");
            text.Append(branch.LastError is { } error ? $" error=\"{error}\"" : "");
            text.Append(branch.NextAttemptAt is { } next ? $" next={Time(next)}" : "");
            text.Append(branch.Heuristic is { } h ? $" heuristic={Word(h.As.ToString())} by {h.Who}: {h.Why}" : "");
            text.Append('\n');
        }

        return text.ToString();
    }

    internal string Reason(AbortReason? reason) =>
        reason is null ? "" : $"{Word(reason.Code.ToString())}{(reason.Participant is { } p ? $" by {p}" : "")}{(reason.Message is { } m ? $" ({WithNames(m)})" : "")}";

    /// <summary>camelCase, as on the wire.</summary>
    private static string Word(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    internal string WithNames(string text) => UuidPattern().Replace(text, match => TransactionId.TryParse(match.Value, out var id) ? Id(id) : match.Value);

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UuidPattern();
}
