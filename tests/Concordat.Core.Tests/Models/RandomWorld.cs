using Concordat.Core.Records;
using Concordat.Core.Tests.Simulation;
using Concordat.Core.Transactions;

namespace Concordat.Core.Tests.Models;

/// <summary>
/// A coordinator, its participants and its clients, driven by one seed: messages are lost, late and repeated, the disk is slow,
/// power fails, clocks jump, checkpoints are cut off. Then everything heals, and everybody must have decided alike.
/// </summary>
internal sealed partial class RandomWorld : IWorld
{
    private static readonly (string Name, ParticipantFlags Flags)[] Participants =
        [("ask-a", new(false, true)), ("ask-b", new(false, true)), ("wait-c", new(false, false)), ("once-d", new(true, false)), ("once-e", new(true, true))];

    private readonly SplitMix64 _random;
    private readonly Harness _harness;
    private readonly ProtocolWatch _watch = new();
    private readonly Dictionary<string, ParticipantModel> _models = [];
    private readonly List<Call> _sent = [];
    private readonly HashSet<Call> _repeated = new(ReferenceEqualityComparer.Instance);

    /// <summary>In which start a call was sent: answers do not find their way to another process.</summary>
    private readonly Dictionary<Call, int> _starts = new(ReferenceEqualityComparer.Instance);
    private readonly List<TransactionId> _issued = [];
    private readonly Dictionary<TransactionId, (bool OnePhase, List<(string Participant, string Branch)> Branches)> _begun = [];
    private readonly List<int> _checkpoints = [];
    private bool _healed;

    internal RandomWorld(int seed)
    {
        _random = new SplitMix64((ulong)seed);
        var options = new CoordinatorOptions
        {
            CallsPerParticipant = 1 + Below(4),
            RetentionCount = Chance(2) ? 5 : 1000,
            RetentionAge = Chance(2) ? TimeSpan.FromSeconds(20) : TimeSpan.FromHours(1),
            MaxUndecided = 20,
        };
        _harness = new Harness(() => options, this);
        foreach (var (name, flags) in Participants)
        {
            _models.Add(name, new ParticipantModel(new SplitMix64(_random.Next())));
        }

        _harness.Start();
        foreach (var (name, flags) in Participants)
        {
            _harness.Step(new PutParticipantInput(new WorldCaller(null), name, "http://" + name, flags));
        }

        PutDatabases();
        _harness.MakeDurable(_harness.AppendedRecords);
    }

    internal int Crashes { get; private set; }

    internal int Commits => _watch.Decided.Count(d => d.Value == Outcome.Committed);

    internal int Begun => _begun.Count;

    internal void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Step();
        }

        Heal();
        Judge();
    }

    private void Step()
    {
        SendReports();
        if (Chance(5))
        {
            LockSome();
            return;
        }

        switch (Below(100))
        {
            case < 14:
                BeginOne();
                break;
            case < 20:
                Ask();
                break;
            case < 32:
                DoDatabaseWork();
                break;
            case < 60:
                Deliver();
                break;
            case < 62:
                Repeat();
                break;
            case < 80:
                _harness.MakeDurable(_harness.DurableRecords + Below((int)(_harness.AppendedRecords - _harness.DurableRecords) + 1));
                break;
            case < 94:
                _harness.Pass(TimeSpan.FromMilliseconds(Below(20) == 0 ? Below(20_000) : Below(300)));
                _harness.Tick();
                break;
            case < 96:
                InquireOne();
                break;
            case < 97:
                _harness.Jump(TimeSpan.FromSeconds(Below(200) - 100));
                break;
            case < 98:
                _checkpoints.Add(_harness.Log.Count);
                _harness.Checkpoint();
                break;
            case 98 when Chance(2):
                Crash();
                break;
        }
    }

    private void BeginOne()
    {
        var count = 1 + Below(3);
        var names = Enumerable.Range(0, count).Select(_ => Participants[Below(Participants.Length)].Name).ToList();
        if (Chance(3))
        {
            names = [Participants[3 + Below(2)].Name];
        }

        if (Chance(4))
        {
            // For databases alone.
            names.Clear();
        }

        var mode = names.Count == 0 ? BeginMode.Open : (BeginMode)Below(3);
        var key = Chance(4) ? new IdempotencyKey("k" + Below(8), new byte[IdempotencyKey.HashSizeBytes]) : null;
        var spec = new TransactionSpec { Timeout = TimeSpan.FromMilliseconds(100 + Below(5000)), Branches = [.. names.Select(n => new BranchSpec(n, "[]"u8.ToArray()))], Locks = mode != BeginMode.Open && Chance(4) ? SomeLocks() : [] };
        _harness.Step(new BeginInput(new WorldCaller(null), mode, spec, key));
    }

    private void Ask()
    {
        if (_issued.Count == 0)
        {
            return;
        }

        var id = Chance(2) ? _issued[^(1 + Below(Math.Min(_issued.Count, 6)))] : _issued[Below(_issued.Count)];
        var caller = new WorldCaller(id);
        _harness.Step(Below(6) switch
        {
            0 => new RollbackInput(caller, id),
            1 => new GetInput(caller, id),
            2 => new GetInput(caller, id, TimeSpan.FromMilliseconds(Below(3000))),
            3 => new ListInput(caller, new TransactionFilter { Limit = 1 + Below(50) }),
            4 => new EnlistInput(caller, id, new BranchSpec(Participants[Below(Participants.Length)].Name, default)),
            _ => new CommitInput(caller, id),
        });
    }

    /// <summary>A call that is out arrives or not, and its answer comes back or not.</summary>
    private void Deliver()
    {
        if (!_harness.CallsOut.Any())
        {
            return;
        }

        var call = _harness.CallsOut.ElementAt(Below(_harness.CallsOut.Count()));
        var weather = _healed ? 99 : Below(100);
        if (weather < 6 && !_repeated.Contains(call))
        {
            // No connection: it did not arrive and never will.
            _sent.Remove(call);
            _harness.End(call.Key, new Failed(FailureKind.NotConnected, "connection refused"));
            return;
        }

        var result = weather < 16 ? null : _models[call.Target.Participant].Receive(call);
        _harness.End(call.Key, weather switch
        {
            < 12 => new Failed(FailureKind.Timeout, "lost on the way"),
            < 16 => new Failed(FailureKind.Unreachable, "broken on the way"),
            < 22 => new Failed(FailureKind.Timeout, "answer lost"),
            < 26 => new Failed(FailureKind.Unreachable, "answer broken"),
            < 29 => new Failed(FailureKind.Answer, "500 from something between"),
            _ => result!,
        });

        if (result is NeverHeardOf)
        {
            Assert.Fail($"{call.Target.Participant} is told to commit {call.Key} and does not know it (any more)");
        }
    }

    /// <summary>The network delivers an old message again; nobody waits for its answer, or somebody does by mistake.</summary>
    private void Repeat()
    {
        if (_sent.Count == 0)
        {
            return;
        }

        var call = _sent[Below(_sent.Count)];
        _repeated.Add(call);
        var result = _models[call.Target.Participant].Receive(call);
        if (_harness.CallsOut.All(c => c.Key != call.Key) && _harness.Held.OfType<Call>().All(c => c.Key != call.Key) && _starts.GetValueOrDefault(call) == Crashes)
        {
            _harness.Step(new CallEnded(call.Key, result));
        }
    }

    private void InquireOne()
    {
        foreach (var model in _models.Values)
        {
            if (model.InDoubt.FirstOrDefault() is { Branch: not null } doubt)
            {
                _harness.Step(new InquiryInput(new WorldCaller(doubt.Id, model, doubt.Branch), doubt.Id, doubt.Branch));
            }
        }
    }

    private void Crash()
    {
        Crashes++;
        _granted.Clear();
        var surviving = _harness.DurableCount + Below(_harness.Log.Count - _harness.DurableCount + 1);
        _watch.ReadOn(_harness.Log, _harness.DurableCount);

        // Segments before a durable checkpoint may have gone. What history lay in them is forgotten with them.
        var whole = _checkpoints.Where(c => IsWhole(c, surviving)).ToList();
        var dropped = whole.Count > 0 && Chance(2) ? whole[^1] : 0;
        _checkpoints.RemoveAll(c => c >= surviving || c <= dropped);
        for (var i = 0; i < _checkpoints.Count; i++)
        {
            _checkpoints[i] -= dropped;
        }

        _harness.Restart(surviving, dropped);
        _watch.LogBeginsAnew(_harness.DurableCount);
        Assert.Equal(0, _harness.DurableRecords);
    }

    private bool IsWhole(int checkpoint, int surviving)
    {
        for (var i = checkpoint; i < Math.Min(surviving, _harness.DurableCount); i++)
        {
            if (_harness.Log[i].Type == (byte)RecordType.CheckpointEnded)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>AC5: all faults heal.</summary>
    private void Heal()
    {
        _healed = true;
        for (var i = 0; i < 5000 && (_harness.Coordinator.Counts.Open > 0 || _models.Values.Any(m => m.InDoubt.Any()) || IsSomethingPrepared); i++)
        {
            _harness.MakeDurable(_harness.AppendedRecords);
            while (_harness.CallsOut.Any())
            {
                Deliver();
                _harness.MakeDurable(_harness.AppendedRecords);
            }

            InquireOne();
            HealDatabases();
            SendReports();
            _harness.MakeDurable(_harness.AppendedRecords);
            _harness.Pass(TimeSpan.FromSeconds(1));
            _harness.Tick();
        }

        _harness.MakeDurable(_harness.AppendedRecords);
    }

    private void Judge()
    {
        Assert.True(_harness.Coordinator.Counts.Open == 0, $"AC5: {_harness.Coordinator.Counts.Open} transactions have not ended after everything healed");
        Assert.Equal(0, _harness.Coordinator.Counts.Hazards);
        Assert.Equal(0, _harness.Coordinator.Counts.Undecided);
        Assert.Equal(0, _harness.Coordinator.ReservedBytes);
        Assert.Empty(_harness.Held);
        _harness.Step(new GetParticipantInput(new WorldCaller(null), null));
        foreach (var (name, model) in _models)
        {
            Assert.Empty(model.InDoubt);
            Assert.All(model.Applied, applied => Assert.Equal(1, applied.Value));
            foreach (var ((id, branch), fate) in model.Fates)
            {
                var committed = _watch.Decided.GetValueOrDefault(id) == Outcome.Committed;
                if (fate == ParticipantModel.Fate.Committed)
                {
                    Assert.True(committed, $"AC1: {name} has committed {id}/{branch}, which was not decided to commit");
                }

                if (committed)
                {
                    Assert.True(
                        fate is ParticipantModel.Fate.Committed or ParticipantModel.Fate.ReadOnly,
                        $"AC1, AC3: {id} is committed, and {name} has {fate} branch {branch}");
                }
            }
        }

        foreach (var (id, outcome) in _watch.Decided.Where(d => d.Value == Outcome.Committed))
        {
            foreach (var (participant, branch) in _begun[id].Branches.Where(b => _models.ContainsKey(b.Participant)))
            {
                Assert.True(_models[participant].Fates.ContainsKey((id, branch)), $"AC3: {id} is committed, and {participant} was never asked about branch {branch}");
            }
        }

        JudgeDatabases();
        JudgeLocks();
    }

    void IWorld.Appended(Append append)
    {
        switch (append.Record)
        {
            case Begun begun:
                Assert.DoesNotContain(begun.Id, _issued);
                _issued.Add(begun.Id);
                NoteOpened(begun);
                _begun.Add(begun.Id, (false, [.. begun.Branches.Select(b => (b.Participant, b.Id))]));
                break;
            case Enlisted enlisted:
                _begun[enlisted.Id].Branches.Add((enlisted.Branch.Participant, enlisted.Branch.Id));
                break;
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
        _watch.Sent(call, _harness.Log, _harness.DurableCount);
        LocksAreDurable(call);
        _sent.Add(call);
        _starts[call] = Crashes;
        if (_sent.Count > 40)
        {
            _starts.Remove(_sent[0]);
            _sent.RemoveAt(0);
        }
    }

    void IWorld.Cancelled(CallKey key, OutgoingCall? sent)
    {
    }

    void IWorld.Answered(Answer answer)
    {
        var caller = (WorldCaller)answer.Caller;
        DatabaseAnswered(caller, answer.Reply);
        LockAnswered(caller, answer.Reply);
        _watch.Answered(answer, _harness.Coordinator.DocumentOf, caller.Asked, _harness.Log, _harness.DurableCount);
        if (caller.Model is { } model && answer.Reply is InquiryReply { Outcome: not InquiryOutcome.Pending } told)
        {
            model.Told((caller.Asked!.Value, caller.Branch!), told.Outcome == InquiryOutcome.Committed ? Outcome.Committed : Outcome.Aborted);
        }

        if (answer.Reply is ParticipantsReply participants && _healed)
        {
            Assert.All(participants.Participants, p => Assert.Equal((0, 0), (p.Unfinished, p.Backlog)));
        }
    }

    private int Below(int limit) => (int)(_random.Next() % (ulong)limit);

    private bool Chance(int of) => Below(of) == 0;

    private sealed class WorldCaller(TransactionId? asked, ParticipantModel? model = null, string? branch = null, List<BranchSpec>? finisher = null) : Caller
    {
        /// <summary>Will finish these when it hears the outcome.</summary>
        internal List<BranchSpec>? Finisher { get; } = finisher;
        internal LockWant[]? Wants { get; init; }
        internal string? Database { get; init; }
        internal string[]? Listed { get; init; }

        /// <summary>The name of the open branch that it would commit in one phase.</summary>
        internal string? Alone { get; init; }
        internal TransactionId? Asked { get; } = asked;
        internal ParticipantModel? Model { get; } = model;
        internal string? Branch { get; } = branch;
    }
}
