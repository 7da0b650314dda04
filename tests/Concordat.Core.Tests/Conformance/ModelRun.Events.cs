using Concordat.Core.Participation;
using Concordat.Core.Records;
using Concordat.Tests.Conformance;

namespace Concordat.Core.Tests.Conformance;

/// <summary>What each event of the model is on the real machines.</summary>
internal sealed partial class ModelRun
{
    private void Do(ModelStep step)
    {
        switch (step.Words[0])
        {
            case "begin":
                var branches = _participants.Select(p => new BranchSpec(p.Name, "[]"u8.ToArray()));
                var spec = new TransactionSpec { Timeout = Timeout, Branches = [.. branches] };
                var key = _trace.Is("KEY") ? new IdempotencyKey("key", new byte[IdempotencyKey.HashSizeBytes]) : null;
                var open = step.Words[1] == "open";
                _harness.Step(new BeginInput(new RunCaller(open ? "begin" : "commit"), open ? BeginMode.Open : BeginMode.Run, spec, key));
                break;
            case "commit":
                _harness.Step(new CommitInput(new RunCaller("commit"), _id!.Value));
                break;
            case "rollback":
                _harness.Step(new RollbackInput(new RunCaller("rollback"), _id!.Value));
                break;
            case "get":
                _harness.Step(new GetInput(new RunCaller("get"), _id!.Value));
                break;
            case "deadline":
                _harness.Pass(_deadline - _harness.Now.Monotonic);
                _harness.Tick();
                break;
            case "flush":
                _durable = _records.First(r => r >= _durable) + 1;
                _harness.MakeDurable(_durable - (_harness.Log.Count - _harness.AppendedRecords));
                break;
            case "crash":
                Crash(step.Number(1));
                break;
            case "heal":
                CheckEndedBefore();
                break;
            case "rest":
                break;
            default:
                Do(step, _participants[step.Number(1)]);
                break;
        }
    }

    private void Do(ModelStep step, ModelParticipant participant)
    {
        switch (step.Words[0])
        {
            case "deliver":
                participant.Deliver();
                break;
            case "stale":
                if (participant.DeliverAgain(step.Words[2]) is { } said)
                {
                    _told.Add($"stale {said}");
                }

                break;
            case "reply":
                var (call, result) = participant.TakeAnswer();
                _harness.End(call.Key, result);
                break;
            case "timeout":
                _harness.End(participant.GiveUp().Key, new Failed(FailureKind.Timeout, "no answer in time"));
                break;
            case "notConnected":
                _harness.End(participant.GiveUp().Key, new Failed(FailureKind.NotConnected, "connection refused"));
                break;
            case "contradict":
                _harness.Step(new CallEnded(new CallKey(_id!.Value, participant.Index, Attempt: 0), new Voted(Vote.No, "another", null)));
                break;
            case "later":
                participant.HearEndedBefore(EndedBeforeOfALaterCall(), _createdAt);
                break;
            case "finish":
                participant.Finish(participant.Vote);
                break;
            case "finishNo":
                participant.Finish(Vote.No);
                break;
            case "finishReadOnly":
                participant.Finish(Vote.ReadOnly);
                break;
            case "pflush":
                participant.Flush();
                break;
            case "pcrash":
                participant.Crash(step.Number(2));
                break;
            case "ask":
                Ask(participant);
                break;
            default:
                throw new FormatException($"'{step.Event}' is no event");
        }
    }

    /// <summary>The model leaves an epoch out of its log when a newer one comes, but for the transaction's own.</summary>
    private void Crash(int kept)
    {
        var surviving = kept == 0 ? _records[0] : _records[kept - 1] + 1;
        _records.RemoveRange(kept, _records.Count - kept);
        var earlier = _records.FindIndex(1 <= _records.Count ? 1 : 0, r => Letter(_harness.Log[r].Record) == "E");
        if (earlier > 0)
        {
            _records.RemoveAt(earlier);
        }

        Array.ForEach(_participants, p => p.CallEnded());
        _harness.Restart(Math.Max(surviving, _harness.DurableCount));
    }

    /// <summary>What is to be sent after a while is sent now: the model knows no waits between attempts.</summary>
    private void CatchUp()
    {
        for (var i = 0; i < 20 && _participants.Any(IsBehind); i++)
        {
            var due = _harness.Coordinator.NextDue;
            Assert.True(due is { } d && d - _harness.Now.Monotonic < TimeSpan.FromMinutes(2), "the model sends a call, and the coordinator has no timer for one");
            var wait = due!.Value - _harness.Now.Monotonic;
            _harness.Pass(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
            _harness.Tick();
        }
    }

    private bool IsBehind(ModelParticipant participant) =>
        _expected.TryGetValue(participant.Number, out var branch) && branch.Split(' ')[1] is "sent" or "held" && participant.Call == "none" && !Waits(participant);

    /// <summary>Another transaction, from its begin to its end, of which only this matters.</summary>
    private Timestamp EndedBeforeOfALaterCall()
    {
        _elsewhere = true;
        _harness.Step(new BeginInput(new RunCaller("later"), BeginMode.Open, new TransactionSpec { Timeout = Timeout, Branches = [new BranchSpec("later", default)] }));
        var begun = (Begun)_harness.Log.Last(e => e.Record is Begun).Record;
        _harness.Step(new RollbackInput(new RunCaller("later"), begun.Id));
        var call = Assert.Single(_harness.CallsOut, c => c.Target.Participant == "later");
        _harness.End(call.Key, Done.Instance);
        _elsewhere = false;
        return call.EndedBefore;
    }

    /// <summary>The other half of <c>later</c>: as long as the end is not durable, no later call says that the transaction has ended.</summary>
    private void CheckEndedBefore()
    {
        var words = _expected["c"].Split(' ');
        var durable = int.Parse(words[1].Split('/')[0], System.Globalization.CultureInfo.InvariantCulture);
        var isEpochDurable = durable > words[2].LastIndexOf('E');
        var isLive = words[0] is not ("-" or "Committed" or "Aborted");
        if (isEpochDurable && (isLive || durable <= words[2].IndexOf('X', StringComparison.Ordinal)))
        {
            Assert.True(EndedBeforeOfALaterCall() <= _createdAt, "a later call says that the transaction has ended, and its end is not durable");
        }
    }

    private void Ask(ModelParticipant participant)
    {
        participant.Asks();
        var caller = new RunCaller("inquiry");
        _harness.Step(new InquiryInput(caller, _id!.Value, participant.BranchId));
        if (caller.Told is null)
        {
            // It waits for a record. The participant does not.
            caller.GivenUp = true;
            _told.Add("inquiry pending");
        }

        participant.IsTold(caller.Told switch
        {
            "committed" => InquiryResult.Committed,
            "aborted" => InquiryResult.Aborted,
            "pending" => InquiryResult.Pending,
            null => InquiryResult.Unreachable,
            _ => InquiryResult.LogBehind,
        });
    }
}
