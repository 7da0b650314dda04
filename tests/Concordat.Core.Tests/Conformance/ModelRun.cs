using Concordat.Core.Records;
using Concordat.Core.Tests.Simulation;
using Concordat.Core.Transactions;
using Concordat.Tests.Conformance;

namespace Concordat.Core.Tests.Conformance;

/// <summary>
/// One run of the model, on a real coordinator with its log and real participants with theirs. Events are carried out by
/// <c>ModelRun.Events</c>; here everything is compared.
/// </summary>
internal sealed partial class ModelRun : IWorld
{
    private static readonly TimeSpan Timeout = TimeSpan.FromDays(1);

    private readonly ModelTrace _trace;
    private readonly Harness _harness;
    private readonly ModelParticipant[] _participants;
    private readonly Dictionary<string, string> _expected = [];
    private readonly List<string> _told = [];

    /// <summary>Where in the coordinator's log those records stand that the model has too.</summary>
    private readonly List<int> _records = [];

    /// <summary>
    /// How much of the coordinator's log is durable. What a restart found becomes so unheard: the coordinator is told of its own records.
    /// </summary>
    private int _durable;

    private TransactionId? _id;
    private Timestamp _createdAt;
    private TimeSpan _deadline;

    /// <summary>Records and calls of now are of another transaction than the model's.</summary>
    private bool _elsewhere;

    internal ModelRun(ModelTrace trace)
    {
        _trace = trace;
        var options = new CoordinatorOptions { RetentionAge = trace.Is("FORGETFUL") ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromDays(1000) };
        _harness = new Harness(() => options, this);
        _participants = [.. trace.Votes.Select((vote, i) => new ModelParticipant(i, vote))];
    }

    internal void Play()
    {
        Begin();
        for (var i = 0; i < _trace.Steps.Count; i++)
        {
            var step = _trace.Steps[i];
            try
            {
                Play(step);
            }
            catch (Exception e)
            {
                var soFar = string.Join('\n', _trace.Steps.Take(i + 1).Select(s => "  " + s.Event));
                throw new InvalidOperationException($"{_trace.Title}\nat event {i + 1} of\n{soFar}\n{e.Message}", e);
            }
        }
    }

    /// <summary>The model begins with a coordinator that has just started: its epoch is not durable.</summary>
    private void Begin()
    {
        _elsewhere = true;
        _harness.Start();
        _harness.MakeForcedDurable();
        var flags = new ParticipantFlags(OnePhase: _trace.Is("ONEPHASE"), Inquires: !_trace.Is("SILENT"));
        foreach (var participant in _participants)
        {
            _harness.Step(new PutParticipantInput(new RunCaller("put"), participant.Name, "http://there", flags));
        }

        _harness.Step(new PutParticipantInput(new RunCaller("put"), "later", "http://there", new ParticipantFlags(OnePhase: false, Inquires: true)));
        _harness.MakeDurable(_harness.AppendedRecords);
        _elsewhere = false;
        _durable = _harness.DurableCount;
        _harness.Restart(_harness.Log.Count);
    }

    private void Play(ModelStep step)
    {
        foreach (var (name, value) in step.Changed)
        {
            _expected[name] = value;
        }

        _told.Clear();
        _harness.Pass(TimeSpan.FromMilliseconds(5));
        Do(step);
        CatchUp();
        if (_trace.Is("FORGETFUL"))
        {
            // Whatever has ended is older than the retention age, and a tick forgets it.
            _harness.Pass(TimeSpan.FromMilliseconds(5));
            _harness.Tick();
        }

        Assert.Equal(step.Told, string.Join(", ", _told.Order(StringComparer.Ordinal)));
        if (_expected.TryGetValue("c", out var coordinator))
        {
            Assert.Equal($"c {coordinator}", $"c {Coordinator()}");
        }

        foreach (var participant in _participants)
        {
            if (_expected.TryGetValue(participant.Number, out var branch))
            {
                Assert.Equal($"{participant.Number} {ModelParticipant.Expected(branch)}", $"{participant.Number} {BranchOf(participant)}");
            }
        }
    }

    private string Coordinator()
    {
        var start = _harness.Log.Count - (int)_harness.AppendedRecords;
        var durable = _records.Count(r => r < _durable);
        var forced = _records.Count(r => r < start + _harness.ForcedRecords);
        var letters = string.Concat(_records.Select(r => Letter(_harness.Log[r].Record)));
        return $"{Live()?.State.ToString() ?? "-"} {durable}/{forced}/{_records.Count} {letters}";
    }

    private string BranchOf(ModelParticipant participant)
    {
        var live = Live() is { IsEnded: false } transaction ? transaction.Branches[participant.Index].State : BranchState.Enlisted;
        var call = Waits(participant) ? "held" : participant.Call;
        return $"{live} {call} {participant.State()}";
    }

    private bool Waits(ModelParticipant participant) =>
        _harness.Held.OfType<Call>().Any(c => c.Key.Transaction == _id && c.Key.Branch == participant.Index);

    /// <summary>The transaction as it is, without waiting for a record as an answer would. Null where it is not known.</summary>
    private Transaction? Live()
    {
        if (_id is not { } id)
        {
            return null;
        }

        var effects = new List<Effect>();
        _harness.Coordinator.Step(new GetInput(new RunCaller("look"), id), _harness.Now, effects);
        return (Assert.IsType<Answer>(Assert.Single(effects)).Reply as TransactionReply)?.Transaction;
    }

    private static string Letter(CoordinatorRecord record) => record switch
    {
        EpochStarted => "E",
        Begun => "B",
        OnePhaseStarted => "O",
        Decided { Outcome: Outcome.Committed } => "C",
        Decided => "A",
        Ended => "X",
        _ => record.GetType().Name,
    };

    void IWorld.Appended(Append append)
    {
        if (_elsewhere)
        {
            return;
        }

        _records.Add(_harness.Log.Count - 1);
        if (append.Record is Begun begun)
        {
            _id = begun.Id;
            _createdAt = begun.At;
            _deadline = _harness.Now.Monotonic + Timeout;
        }
    }

    void IWorld.Forced()
    {
    }

    void IWorld.Held(ReleasedEffect effect)
    {
    }

    void IWorld.Sent(Call call)
    {
        if (!_elsewhere)
        {
            Assert.True(call.EndedBefore <= _createdAt, "a call of a transaction says that it has ended");
            _participants[call.Key.Branch].Sent(call);
        }
    }

    void IWorld.Cancelled(CallKey key, OutgoingCall? sent)
    {
        if (!_elsewhere)
        {
            _participants[key.Branch].CallEnded();
        }
    }

    void IWorld.Answered(Answer answer)
    {
        var caller = (RunCaller)answer.Caller;
        if (caller.Name is "commit" or "rollback" or "get" or "inquiry")
        {
            caller.Told = Text(answer.Reply);
            if (!caller.GivenUp)
            {
                _told.Add($"{caller.Name} {caller.Told}");
            }
        }
    }

    private string Text(Reply reply) => reply switch
    {
        TransactionReply r => _harness.Coordinator.DocumentOf(r.Transaction).Outcome?.ToString().ToLowerInvariant() ?? "undecided",
        InquiryReply r => r.Outcome.ToString().ToLowerInvariant(),
        ProblemReply { Kind: ProblemKind.AlreadyAborted } => "aborted",
        ProblemReply { Kind: ProblemKind.AlreadyCommitted } => "committed",
        ProblemReply { Kind: ProblemKind.Forgotten } => "forgotten",
        _ => reply.ToString()!,
    };

    private sealed class RunCaller(string name) : Caller
    {
        internal string Name => name;

        internal string? Told { get; set; }

        /// <summary>Whoever asked has gone: what it is told later nobody hears.</summary>
        internal bool GivenUp { get; set; }
    }
}
