using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Tests.Simulation;

/// <summary>
/// Watches everything that leaves a coordinator, over all its starts, and fails where an invariant breaks. It knows the durable
/// log and the messages, and nothing of the coordinator's inside.
/// </summary>
internal sealed class ProtocolWatch
{
    private readonly Dictionary<TransactionId, Outcome> _told = [];
    private readonly Dictionary<TransactionId, Outcome> _decided = [];
    private readonly Dictionary<string, Timestamp> _endedBefore = [];
    private readonly HashSet<TransactionId> _ended = [];
    private int _read;

    /// <summary>What anybody outside was told.</summary>
    internal IReadOnlyDictionary<TransactionId, Outcome> Told => _told;

    /// <summary>What the durable log has decided, checkpoints aside.</summary>
    internal IReadOnlyDictionary<TransactionId, Outcome> Decided => _decided;

    internal void Sent(Call call, IReadOnlyList<LogEntry> log, int durable)
    {
        ReadOn(log, durable);
        var id = call.Key.Transaction;
        switch (call.Kind)
        {
            case CallKind.Commit:
                Assert.True(_decided.GetValueOrDefault(id) == Outcome.Committed, $"I6: {id} is told to commit before its decision is durable");
                Tell(id, Outcome.Committed, "a commit call");
                break;
            case CallKind.Rollback:
                Tell(id, Outcome.Aborted, "a rollback call");
                break;
            default:
                Assert.False(_told.ContainsKey(id), $"I13: {id} is asked to prepare after somebody was told that it is {_told.GetValueOrDefault(id)}");
                break;
        }

        var forgotten = _endedBefore.GetValueOrDefault(call.Target.Participant);
        Assert.True(
            call.Target.CreatedAt >= forgotten,
            $"endedBefore: {call.Target.Participant} was told that everything before {forgotten} has ended, and is called for {id} of {call.Target.CreatedAt}");
        Assert.True(call.EndedBefore <= call.Target.CreatedAt, $"endedBefore: {call.EndedBefore} in a call for {id} itself, which was created at {call.Target.CreatedAt}");
        _endedBefore[call.Target.Participant] = Timestamp.Max(forgotten, call.EndedBefore);
    }

    internal void Answered(Answer answer, Func<Transaction, TransactionDocument> documentOf, TransactionId? asked, IReadOnlyList<LogEntry> log, int durable)
    {
        ReadOn(log, durable);
        switch (answer.Reply)
        {
            case TransactionReply reply:
                See(documentOf(reply.Transaction));
                break;
            case ListReply list:
                foreach (var item in list.Items)
                {
                    // A list shows the moment of its request, and may be held while others are told more.
                    See(item, mayBeOlder: true);
                }

                break;
            case InquiryReply { Outcome: InquiryOutcome.Committed }:
                Tell(asked!.Value, Outcome.Committed, "an inquiry");
                break;
            case InquiryReply { Presumed: true } when _ended.Contains(asked!.Value):
                // Every branch has acknowledged, so nobody is in doubt who could ask; what is forgotten is presumed aborted.
                break;
            case InquiryReply { Outcome: InquiryOutcome.Aborted }:
                Tell(asked!.Value, Outcome.Aborted, "an inquiry");
                break;
            case ProblemReply { Kind: ProblemKind.AlreadyAborted }:
                Tell(asked!.Value, Outcome.Aborted, "already-aborted");
                break;
            case ProblemReply { Kind: ProblemKind.AlreadyCommitted }:
                Tell(asked!.Value, Outcome.Committed, "already-committed");
                break;
        }
    }

    /// <summary>Somebody was told so by a way that the watch does not read.</summary>
    internal void SaysOf(TransactionId id, Outcome outcome, string by) => Tell(id, outcome, by);

    private void See(TransactionDocument document, bool mayBeOlder = false)
    {
        var shown = document.State switch
        {
            TransactionState.Committing or TransactionState.Committed => Outcome.Committed,
            TransactionState.Aborting or TransactionState.Aborted => Outcome.Aborted,
            _ => (Outcome?)null,
        };
        Assert.True(shown == document.Outcome, $"I14: {document.Id} is shown in state {document.State} with outcome {document.Outcome}");
        if (document.Outcome is { } outcome)
        {
            Tell(document.Id, outcome, "its document");
        }
        else if (!mayBeOlder)
        {
            Assert.False(_told.ContainsKey(document.Id), $"AC2: {document.Id} was told to be {_told.GetValueOrDefault(document.Id)} and is shown undecided");
        }
    }

    private void Tell(TransactionId id, Outcome outcome, string by)
    {
        if (outcome == Outcome.Committed)
        {
            Assert.True(_decided.GetValueOrDefault(id) == Outcome.Committed, $"I6: {by} says that {id} is committed before its decision is durable");
        }

        Assert.True(
            !_told.TryGetValue(id, out var before) || before == outcome,
            $"I14: {id} was told to be {before}, and now {by} says {outcome}");
        Assert.True(
            !_decided.TryGetValue(id, out var decided) || decided == outcome,
            $"AC2: {id} is decided {decided}, and {by} says {outcome}");
        _told[id] = outcome;
    }

    /// <summary>The records that became durable since it last looked. Older segments may go; what was read stays known.</summary>
    internal void ReadOn(IReadOnlyList<LogEntry> log, int durable)
    {
        for (; _read < durable; _read++)
        {
            if (log[_read].Record is Ended ended)
            {
                _ended.Add(ended.Id);
            }

            var (id, outcome) = log[_read].Record switch
            {
                Decided r => (r.Id, r.Outcome),
                UnknownSettled r => (r.Id, r.Outcome),
                Ended r => (r.Id, r.Outcome),
                _ => default,
            };
            if (outcome != 0)
            {
                Assert.True(!_decided.TryGetValue(id, out var before) || before == outcome, $"AC2: {id} was decided {before} and is decided {outcome}");
                _decided[id] = outcome;
            }
        }
    }

    /// <summary>A start has read this many records; some may have gone from the log's beginning.</summary>
    internal void LogBeginsAnew(int durable) => _read = durable;

    /// <summary>The world that it watched is not this one: a log was copied and the original went on.</summary>
    internal void Reset()
    {
        _told.Clear();
        _decided.Clear();
        _endedBefore.Clear();
        _read = 0;
    }
}
