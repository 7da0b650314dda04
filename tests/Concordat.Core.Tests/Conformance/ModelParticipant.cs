using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using Concordat.Core.Tests.Simulation;
using Concordat.Tests.Participation;
using static Concordat.Core.Participation.ParticipantEffect;
using static Concordat.Core.Participation.ParticipantInput;
using CoordinatorCall = Concordat.Core.Call;

namespace Concordat.Tests.Conformance;

/// <summary>
/// A real participant machine with its log, the coordinator's call that is under way to it, and every call that ever was. Answers
/// are released when their record is durable.
/// </summary>
internal sealed class ModelParticipant(int index, string vote)
{
    /// <summary>The model has no bound on how many late copies of a call arrive at once.</summary>
    private readonly MachineRig _rig = new(with: settings => settings with { MaxCallersPerBranch = 1000 });
    private readonly List<CoordinatorCall> _sent = [];

    /// <summary>Where in its log the records of the branch stand, and which of them this run of the machine wrote as number 1, 2, ….</summary>
    private readonly List<int> _records = [];
    private readonly List<int> _written = [];
    private int _durable;

    private CoordinatorCall? _call;
    private TestCaller? _caller;
    private Answer? _answer;
    private ResourceCall? _running;

    internal int Index => index;

    internal string Number => $"{index}";

    internal string Name => $"participant-{index}";

    internal Vote Vote { get; } = Enum.Parse<Vote>(vote, ignoreCase: true);

    internal string BranchId => _sent[^1].Target.BranchId;

    private BranchKey Key => new(_sent[^1].Key.Transaction, BranchId);

    /// <summary>The coordinator's call, as the model names it.</summary>
    internal string Call => (_call, _caller, _answer) switch
    {
        (null, _, _) => "none",
        (_, null, _) => "sent",
        (_, _, null) => "there",
        (_, _, { } answer) => IsReleased(answer) ? Text(answer.Reply) : $"({Text(answer.Reply)})",
    };

    /// <summary>What the model says of a branch, in the terms of <see cref="State"/>.</summary>
    internal static string Expected(string branch)
    {
        var words = branch.Split(' ');
        var (live, inDoubt, remembered, runs) = words[2] switch
        {
            "Unknown" => (0, 0, 0, "nothing"),
            "Preparing" or "Stopping" => (1, 0, 0, "prepare"),
            "Prepared" => (1, 1, 0, "nothing"),
            "Committing" => (1, 0, 0, "commit"),
            "RollingBack" => (1, 0, 0, "rollback"),
            _ => (0, 0, 1, "nothing"),
        };
        return $"{words[0]} {words[1]} {words[3]} live={live} inDoubt={inDoubt} remembered={remembered} runs={runs}";
    }

    internal string State()
    {
        var letters = string.Concat(_records.Select(r => _rig.Log[r] switch
        {
            ParticipantRecord.Prepared => "P",
            ParticipantRecord.Committed => "C",
            ParticipantRecord.RolledBack => "R",
            var other => other.GetType().Name,
        }));
        var runs = _running switch
        {
            null => "nothing",
            ResourceCall.PrepareAndCommit => "prepare",
            { } what => what.ToString().ToLowerInvariant(),
        };
        return $"{(letters.Length == 0 ? "-" : letters)}/{_durable} live={_rig.Machine.LiveBranches} inDoubt={_rig.Machine.InDoubt} " +
            $"remembered={_rig.Machine.Remembered} runs={runs}";
    }

    internal void Sent(CoordinatorCall call)
    {
        CallEnded();
        _call = call;
        _sent.Add(call);
    }

    /// <summary>Nobody waits for its answer any more.</summary>
    internal void CallEnded() => (_call, _caller, _answer) = (null, null, null);

    internal CoordinatorCall GiveUp()
    {
        var call = _call!;
        CallEnded();
        return call;
    }

    internal void Deliver()
    {
        _caller = new TestCaller("fresh");
        Receive(_call!, _caller);
    }

    /// <returns>What it answers at once; null where it lets the caller wait.</returns>
    internal string? DeliverAgain(string kind)
    {
        var caller = new TestCaller("stale");
        var effects = Receive(_sent.Last(c => Kind(c) == kind), caller);
        return effects.All.OfType<Answer>().SingleOrDefault(a => ReferenceEquals(a.Caller, caller)) is { } answer ? Text(answer.Reply) : null;
    }

    internal (CoordinatorCall Call, CallResult Result) TakeAnswer()
    {
        Assert.True(_answer is not null && IsReleased(_answer), $"the call of {Name} is {Call}: there is no answer");
        CallResult result = _answer.Reply switch
        {
            Reply.Voted v => new Voted(v.Vote, v.Reason, v.Evidence),
            Reply.Refused r => new Voted(Vote.No, r.Reason, null),
            Reply.Done => Done.Instance,
            Reply.NotHeld n => new NeverHeardOf(n.Text),
            var other => new Failed(FailureKind.Answer, other.ToString()!),
        };
        return (GiveUp(), result);
    }

    internal void Finish(Vote vote)
    {
        var what = _running ?? throw new InvalidOperationException($"{Name} runs nothing");
        _running = null;
        ResourceResult result = what is ResourceCall.Commit or ResourceCall.Rollback ? new ResourceResult.Done() : new ResourceResult.Voted(vote);
        Take(_rig.Finish(Key, what, result));
    }

    internal void Flush()
    {
        Assert.True(_durable < _records.Count, $"{Name} has nothing to make durable");
        _durable++;
    }

    internal void Crash(int kept)
    {
        Assert.InRange(kept, _durable, _records.Count);
        if (_answer is null || !IsReleased(_answer))
        {
            (_caller, _answer) = (null, null);
        }
        else
        {
            // It is on its way, whatever becomes of the participant.
            _answer = _answer with { After = 0 };
        }

        _records.RemoveRange(kept, _records.Count - kept);
        _written.Clear();
        _running = null;

        // The log makes durable what it finds, before it is replayed.
        _durable = kept;
        _rig.Restart(kept == 0 ? 1 : _records[^1] + 1);
    }

    internal void HearEndedBefore(Timestamp endedBefore, Timestamp createdAt)
    {
        Assert.True(endedBefore > createdAt, $"the transaction has ended, durably, and a later call still says {endedBefore}, not past {createdAt}");
        var other = MachineRig.Key(99, "1", Harness.CoordinatorId);
        Take(_rig.Step(new CommitCalled(new TestCaller("later"), other, endedBefore, null)));
    }

    /// <summary>Time passes until it asks for the outcome.</summary>
    internal void Asks()
    {
        var effects = _rig.PassToNextDue();
        var ask = effects.Asked();
        Assert.Equal(Key, ask.Key);
        Assert.True(IsDurable(ask.After), "it asks about a promise that is not durable");
    }

    internal void IsTold(InquiryResult result) => Take(_rig.Step(new InquiryAnswered(Key, result)));

    private Effects Receive(CoordinatorCall call, TestCaller caller)
    {
        var key = new BranchKey(call.Key.Transaction, call.Target.BranchId);
        var terms = new BranchTerms { CreatedAt = call.Target.CreatedAt, Operations = call.Operations.ToArray() };
        var effects = _rig.Step(call.Kind switch
        {
            CallKind.Prepare => new PrepareCalled(caller, key, call.EndedBefore, terms),
            CallKind.OnePhase => new OnePhaseCalled(caller, key, call.EndedBefore, terms),
            CallKind.Commit => new CommitCalled(caller, key, call.EndedBefore, call.Evidence),
            _ => new RollbackCalled(caller, key, call.EndedBefore, call.Target.CreatedAt, call.Evidence),
        });
        Take(effects);
        return effects;
    }

    private void Take(Effects effects)
    {
        var appends = effects.All.OfType<Append>().ToList();
        for (var i = 0; i < appends.Count; i++)
        {
            Assert.True(appends[i].Force, $"{appends[i].Record} is not forced");
            var at = _rig.Log.Count - appends.Count + i;
            _records.Add(at);
            _written.Add(at);
            Assert.Equal((ulong)_written.Count, appends[i].Number);
        }

        if (effects.All.OfType<Run>().SingleOrDefault() is { } run)
        {
            Assert.Null(_running);
            _running = run.What;
        }

        _answer = effects.All.OfType<Answer>().SingleOrDefault(a => ReferenceEquals(a.Caller, _caller)) ?? _answer;
    }

    private bool IsReleased(Answer answer) => IsDurable(answer.After);

    private bool IsDurable(ulong number) => number == 0 || _records.IndexOf(_written[(int)number - 1]) < _durable;

    private static string Kind(CoordinatorCall call) => call.Kind == CallKind.OnePhase ? "prepare" : call.Kind.ToString().ToLowerInvariant();

    private static string Text(Reply reply) => reply switch
    {
        Reply.Voted { Vote: Vote.ReadOnly } => "readOnly",
        Reply.Voted v => v.Vote.ToString().ToLowerInvariant(),
        Reply.Refused => "no",
        Reply.Done => "done",
        Reply.NotHeld => "notHeld",
        Reply.TooEarly => "tooEarly",
        var other => other.ToString()!,
    };
}
