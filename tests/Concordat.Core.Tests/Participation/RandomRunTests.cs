using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;

namespace Concordat.Tests.Participation;

/// <summary>
/// Random calls, duplicates, losses and crashes against the machine, judged by a model that knows nothing of it: a coordinator that
/// decided every transaction by itself, and a store that counts what was applied.
/// </summary>
public sealed class RandomRunTests
{
    private const int Transactions = 6;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_run_keeps_its_promises(bool ownStore)
    {
        for (var seed = 1; seed <= 1500; seed++)
        {
            var run = new RandomRun(ownStore, (ulong)seed);
            try
            {
                run.Play();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, {(ownStore ? "own store" : "logged")}: {e.Message}", e);
            }
        }
    }

    private sealed class RandomRun(bool ownStore, ulong seed)
    {
        private readonly SplitMix64 _random = new(seed);
        private readonly ParticipantSettings _settings = new() { HasOwnStore = ownStore };
        private readonly List<ParticipantRecord> _log = [];
        private readonly List<ParticipantEffect> _effects = [];
        private readonly List<ParticipantEffect.Run> _running = [];
        private readonly Queue<BranchKey> _asked = new();

        // The store: what it holds, and how often each branch was applied. It outlives crashes where it is the manager's own.
        private Dictionary<BranchKey, string> _store = [];
        private readonly HashSet<BranchKey> _promised = [];
        private readonly HashSet<BranchKey> _acknowledgedCommit = [];
        private readonly HashSet<BranchKey> _acknowledgedRollback = [];
        private readonly Dictionary<BranchKey, Outcome> _outcome = [];
        private readonly Dictionary<Caller, (string What, BranchKey Key)> _calls = [];
        private int _durable;
        private TimeSpan _elapsed;
        private ulong _firstNumber;
        private ulong _run;
        private ParticipantMachine _machine = null!;

        public void Play()
        {
            Start();
            for (var step = 0; step < 120; step++)
            {
                Move();
            }

            Settle();
        }

        private void Move()
        {
            var key = MachineRig.Key(_random.Next() % Transactions + 1);
            switch (_random.Next() % 20)
            {
                case < 6 when !_outcome.ContainsKey(key) || _random.Next() % 4 == 0:
                    Call("prepare", key);
                    break;
                case < 10:
                    End(key);
                    break;
                case < 13:
                    FinishOne();
                    break;
                case < 15:
                    _durable = _log.Count;
                    break;
                case < 17:
                    Pass(TimeSpan.FromSeconds(_random.NextUnit() * 30));
                    break;
                case < 18:
                    AnswerInquiry(final: false);
                    break;
                case 18:
                    Checkpoint();
                    break;
                default:
                    Crash();
                    break;
            }
        }

        /// <summary>All faults heal: everybody ends as the coordinator decided.</summary>
        private void Settle()
        {
            for (var round = 0; round < 60; round++)
            {
                _durable = _log.Count;
                while (_running.Count > 0)
                {
                    FinishOne();
                }

                foreach (var key in Enumerable.Range(1, Transactions).Select(i => MachineRig.Key((ulong)i)))
                {
                    End(key);
                }

                Pass(TimeSpan.FromSeconds(60));
                AnswerInquiry(final: true);
            }

            Require(_machine.LiveBranches == 0, $"{_machine.LiveBranches} branches never ended");
            foreach (var (key, outcome) in _outcome)
            {
                var state = _store.GetValueOrDefault(key);
                Require(outcome == Outcome.Committed ? state == "committed" : state is null, $"{key} was {outcome} and the store says '{state}'");
            }
        }

        private void Call(string what, BranchKey key)
        {
            var caller = new TestCaller(what);
            _calls[caller] = (what, key);
            Step(what switch
            {
                "prepare" => new ParticipantInput.PrepareCalled(caller, key, Timestamp.Zero, MachineRig.Terms(0, 100_000)),
                "commit" => new ParticipantInput.CommitCalled(caller, key, Timestamp.Zero, null),
                _ => new ParticipantInput.RollbackCalled(caller, key, Timestamp.Zero, MachineRig.At(0), null),
            });
        }

        /// <summary>The coordinator decides as it may: commit only where it heard the yes.</summary>
        private void End(BranchKey key)
        {
            if (!_outcome.TryGetValue(key, out var outcome))
            {
                outcome = _promised.Contains(key) && _random.Next() % 3 != 0 ? Outcome.Committed : Outcome.Aborted;
                _outcome[key] = outcome;
            }

            Call(outcome == Outcome.Committed ? "commit" : "rollback", key);
        }

        private void FinishOne()
        {
            if (_running.Count == 0)
            {
                return;
            }

            var at = (int)(_random.Next() % (ulong)_running.Count);
            var run = _running[at];
            _running.RemoveAt(at);
            Step(new ParticipantInput.ResourceFinished(run.Key, run.What, Do(run, mayFail: ownStore && _random.Next() % 5 == 0)));
        }

        private ResourceResult Do(ParticipantEffect.Run run, bool mayFail)
        {
            if (mayFail && _random.Next() % 2 == 0)
            {
                return new ResourceResult.Failed("before");
            }

            switch (run.What)
            {
                case ResourceCall.Prepare:
                    Require(_store.GetValueOrDefault(run.Key) is null or "prepared", $"prepare of {run.Key} after it was committed");
                    _store[run.Key] = "prepared";
                    return mayFail ? new ResourceResult.Failed("after") : new ResourceResult.Voted(Vote.Yes);
                case ResourceCall.Commit:
                    Require(_outcome.GetValueOrDefault(run.Key) == Outcome.Committed, $"commit of {run.Key} that was not decided so (I12)");
                    Require(_store.ContainsKey(run.Key), $"commit of {run.Key} that the store does not have");
                    Require(ownStore || _store[run.Key] == "prepared", $"{run.Key} was applied twice");
                    _store[run.Key] = "committed";
                    break;
                default:
                    Require(!_promised.Contains(run.Key) || _outcome.GetValueOrDefault(run.Key) == Outcome.Aborted, $"rollback of the promised {run.Key} (I12)");
                    Require(_store.GetValueOrDefault(run.Key) != "committed", $"rollback of {run.Key} after its commit");
                    _store.Remove(run.Key);
                    break;
            }

            return mayFail ? new ResourceResult.Failed("after") : new ResourceResult.Done();
        }

        private void AnswerInquiry(bool final)
        {
            while (_asked.TryDequeue(out var key))
            {
                var result = _outcome.TryGetValue(key, out var outcome)
                    ? outcome == Outcome.Committed ? InquiryResult.Committed : InquiryResult.Aborted
                    : _random.Next() % 2 == 0 ? InquiryResult.Pending : InquiryResult.Unreachable;
                Step(new ParticipantInput.InquiryAnswered(key, result));
                if (!final)
                {
                    return;
                }
            }
        }

        private void Pass(TimeSpan time)
        {
            _elapsed += time;
            Step(new ParticipantInput.Tick());
        }

        private void Checkpoint()
        {
            var records = _machine.Checkpoint(new LogOwner("bank", ownStore, _run), []).ToList();
            _log.AddRange(_random.Next() % 3 == 0 ? records.Take((int)(_random.Next() % (ulong)records.Count)).Append(new ParticipantRecord.Opened(new LogOwner("bank", ownStore, _run))) : records);

            // Their place in the log is not numbered by the machine.
            _firstNumber = 0;
            _durable = _log.Count;
            Release();
        }

        private void Crash()
        {
            _log.RemoveRange(_durable, _log.Count - _durable);
            Start();
        }

        private void Start()
        {
            _effects.Clear();
            _running.Clear();
            _asked.Clear();
            _held.Clear();
            _calls.Clear();
            _numbers.Clear();
            if (!ownStore)
            {
                _store = [];
            }

            _machine = new ParticipantMachine(_settings, new SplitMix64(_random.Next()));
            var replay = new ParticipantReplay(_machine, new LogOwner("bank", ownStore, 0), ownStore ? null : new StoreReplay(this));
            foreach (var record in _log)
            {
                replay.Take(MachineRig.ThroughBytes(record));
            }

            replay.End();
            _run = replay.LastRun + 1;
            _log.Add(new ParticipantRecord.Opened(new LogOwner("bank", ownStore, _run)));
            _machine.Recovered(new Now(_elapsed, MachineRig.At(0)));
        }

        private readonly List<ParticipantEffect> _held = [];
        private readonly Dictionary<ulong, int> _numbers = [];

        private void Step(ParticipantInput input)
        {
            _machine.Step(input, new Now(_elapsed, MachineRig.At(0)), _effects);
            for (var i = 0; i < _effects.Count; i++)
            {
                switch (_effects[i])
                {
                    case ParticipantEffect.Append append:
                        _log.Add(append.Record);
                        _numbers[append.Number] = _log.Count;
                        break;
                    case ParticipantEffect.Run run when !ownStore:
                        _machine.Step(
                            new ParticipantInput.ResourceFinished(run.Key, run.What, Do(run, mayFail: false)), new Now(_elapsed, MachineRig.At(0)), _effects);
                        break;
                    case var other:
                        _held.Add(other);
                        break;
                }
            }

            _effects.Clear();
            Release();
        }

        /// <summary>Only what is durable leaves.</summary>
        private void Release()
        {
            for (var i = 0; i < _held.Count; i++)
            {
                var effect = _held[i];
                if (effect.After > _firstNumber && _numbers[effect.After] > _durable)
                {
                    continue;
                }

                _held.RemoveAt(i--);
                switch (effect)
                {
                    case ParticipantEffect.Answer answer:
                        Hear(answer);
                        break;
                    case ParticipantEffect.Run run:
                        _running.Add(run);
                        break;
                    case ParticipantEffect.Ask ask:
                        _asked.Enqueue(ask.Key);
                        break;
                }
            }
        }

        private void Hear(ParticipantEffect.Answer answer)
        {
            var (what, key) = _calls[answer.Caller];
            switch (what, answer.Reply)
            {
                case ("prepare", Reply.Voted { Vote: Vote.Yes }):
                    Require(!_acknowledgedRollback.Contains(key), $"{key} votes yes after its rollback was acknowledged");
                    _promised.Add(key);
                    break;
                case ("commit", Reply.Done):
                    _acknowledgedCommit.Add(key);
                    break;
                case ("rollback", Reply.Done):
                    Require(!_acknowledgedCommit.Contains(key), $"{key} acknowledges both");
                    _acknowledgedRollback.Add(key);
                    break;
                case ("commit", Reply.NotHeld):
                    throw new InvalidOperationException($"{key} was promised and is not held any more");
                default:
                    break;
            }
        }

        private static void Require(bool condition, string what)
        {
            if (!condition)
            {
                throw new InvalidOperationException(what);
            }
        }

        private sealed class StoreReplay(RandomRun run) : IReplayedResource
        {
            public void Prepare(BranchKey key, BranchTerms terms) => run._store.Add(key, "prepared");

            public void Commit(BranchKey key, BranchTerms terms)
            {
                Require(run._store[key] == "prepared", $"the replay commits {key} twice");
                run._store[key] = "committed";
            }

            public void Rollback(BranchKey key, BranchTerms terms) => Require(run._store.Remove(key), $"the replay rolls back {key}, which is not there");

            public void PrepareAndCommit(BranchKey key, BranchTerms terms) => run._store.Add(key, "committed");

            public void Apply(ReadOnlySpan<byte> change) => throw new NotSupportedException();

            /// <summary>The checkpoint was taken of this very state: what the replay built up to here is kept.</summary>
            public void Load(IReadOnlyList<byte[]> pieces)
            {
            }
        }
    }
}
