using Concordat.Core.Recovery;
using Concordat.Core.Records;

namespace Concordat.Core.Tests.Simulation;

/// <summary>
/// Carries out what a coordinator wants done, by the ordering contract on <see cref="Effect"/> and by nothing else: a log in
/// memory that becomes durable when told, effects that are held until their record is durable, crashes that lose what was not.
/// It fails where the coordinator could not be carried out: numbers out of order, an effect that no force will ever release.
/// </summary>
internal sealed class Harness(Func<CoordinatorOptions> options, IWorld world)
{
    internal const ulong CoordinatorId = 0xC0FFEE;

    private readonly List<LogEntry> _log = [];
    private readonly List<ReleasedEffect> _held = [];
    private readonly Dictionary<CallKey, OutgoingCall> _out = [];
    private readonly HashSet<Caller> _answered = [];
    private Coordinator? _coordinator;
    private long _forced;
    private int _starts;

    /// <summary>Where in the log this start's record 1 stands.</summary>
    private int _base;

    internal Coordinator Coordinator => _coordinator!;

    /// <summary>The wall clock's distance from where it began, beyond the time that passed.</summary>
    private TimeSpan _jumped;

    internal static readonly Now Beginning = new(TimeSpan.FromSeconds(1000), Timestamp.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));

    internal Now Now { get; private set; } = Beginning;

    internal TimeSpan Elapsed => Now.Monotonic - Beginning.Monotonic;

    /// <summary>Everything that was appended and not lost, over all starts.</summary>
    internal IReadOnlyList<LogEntry> Log => _log;

    internal int DurableCount { get; private set; }

    /// <summary>Records up to here were appended in this start.</summary>
    internal long AppendedRecords => _log.Count - _base;

    internal long DurableRecords => Math.Max(0, DurableCount - _base);

    internal long ForcedRecords => _forced;

    internal IEnumerable<Call> CallsOut => _out.Values.OfType<Call>();

    internal IEnumerable<CallStep> StepsOut => _out.Values.OfType<CallStep>();

    internal IReadOnlyList<ReleasedEffect> Held => _held;

    internal void Step(Input input) => Run(effects => Coordinator.Step(input, Now, effects));

    internal void Checkpoint() => Run(effects => Coordinator.Checkpoint(Now, effects));

    internal void Tick() => Run(effects => Coordinator.Tick(Now, effects));

    /// <summary>A call that is out ends.</summary>
    internal void End(CallKey key, CallResult result)
    {
        Assert.True(_out.Remove(key), $"{key} is not out");
        Step(new CallEnded(key, result));
    }

    internal void Pass(TimeSpan time) => SetClocks(Elapsed + time, _jumped);

    /// <summary>Somebody sets the wall clock.</summary>
    internal void Jump(TimeSpan time) => SetClocks(Elapsed, _jumped + time);

    private void SetClocks(TimeSpan elapsed, TimeSpan jumped)
    {
        Assert.True(elapsed >= Elapsed, "the monotonic clock goes back");
        _jumped = jumped;
        Now = new Now(Beginning.Monotonic + elapsed, Beginning.Wall + (elapsed + jumped));
    }

    /// <summary>Records up to this number have become durable: the coordinator is told, then what waited is released.</summary>
    internal void MakeDurable(long upTo)
    {
        if (upTo <= DurableRecords)
        {
            return;
        }

        DurableCount = _base + (int)upTo;
        Run(effects => Coordinator.Durable(upTo, Now, effects));
    }

    /// <summary>As a disk that is always quick: whatever was forced is durable.</summary>
    internal void MakeForcedDurable()
    {
        while (DurableRecords < _forced)
        {
            MakeDurable(_forced);
        }
    }

    /// <summary>The process dies and starts again.</summary>
    /// <param name="surviving">How much of the log is there; at least what was durable.</param>
    /// <param name="dropped">How many records at its beginning went with older segments.</param>
    internal void Restart(int surviving, int dropped = 0, bool restored = false)
    {
        Assert.InRange(surviving, DurableCount, _log.Count);
        _log.RemoveRange(surviving, _log.Count - surviving);
        _log.RemoveRange(0, dropped);
        DurableCount -= dropped;
        Start(restored);
    }

    /// <summary>Another machine takes over a copy of the log as it was.</summary>
    internal void RestartFromCopy(int length, bool restored)
    {
        _log.RemoveRange(length, _log.Count - length);
        DurableCount = length;
        Start(restored);
    }

    internal void Start(bool restored = false)
    {
        _held.Clear();
        _out.Clear();
        _forced = 0;
        _base = _log.Count;

        // What a start finds in the log need not be durable: the force of the new epoch makes it so.
        DurableCount = Math.Min(DurableCount, _base);
        _starts++;
        var replay = new CoordinatorReplay(options(), CoordinatorId, seed: (ulong)_starts);
        foreach (var entry in _log)
        {
            replay.Apply(entry.Type, entry.Payload.Span);
        }

        var nonces = new[] { (ulong)_starts * 1000, (ulong)_starts * 1000 + 1 };
        Run(effects => _coordinator = replay.Finish(Now, nonces, restored, effects));
    }

    private void Run(Action<List<Effect>> step)
    {
        var effects = new List<Effect>();
        step(effects);
        var release = new List<ReleasedEffect>();
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Append append:
                    _log.Add(new LogEntry((byte)RecordCodec.TypeOf(append.Record), append.Payload));
                    Assert.Equal(AppendedRecords, append.Number);
                    world.Appended(append);
                    break;
                case Force:
                    if (_forced < AppendedRecords)
                    {
                        world.Forced();
                    }

                    _forced = AppendedRecords;
                    break;
                case CancelCall cancel:
                    Cancel(cancel, release);
                    break;
                case DeadlockFound or LockWaited or SagaStuck or SagaFinished:
                    world.Reported(effect);
                    break;
                case ReleasedEffect released:
                    Check(released);
                    if (released.After > DurableRecords)
                    {
                        _held.Add(released);
                        world.Held(released);
                    }
                    else
                    {
                        release.Add(released);
                    }

                    break;
            }
        }

        foreach (var held in _held)
        {
            Assert.True(held.After <= _forced, $"{held} waits for record {held.After}, and only {_forced} were forced: it may wait for ever");
        }

        release.InsertRange(0, _held.Where(held => held.After <= DurableRecords));
        _held.RemoveAll(held => held.After <= DurableRecords);
        release.ForEach(Release);
    }

    private void Check(ReleasedEffect effect)
    {
        Assert.InRange(effect.After, 0, AppendedRecords);
        if (effect is OutgoingCall call)
        {
            var same = _held.OfType<OutgoingCall>().Concat(_out.Values).FirstOrDefault(c => c.Key.Transaction == call.Key.Transaction && c.Key.Branch == call.Key.Branch);
            Assert.True(same is null, $"{call.Key} is called while {same?.Key} is out");
        }
    }

    private void Cancel(CancelCall cancel, List<ReleasedEffect> release)
    {
        if (_held.RemoveAll(e => e is OutgoingCall c && c.Key == cancel.Key) + release.RemoveAll(e => e is OutgoingCall c && c.Key == cancel.Key) > 0)
        {
            world.Cancelled(cancel.Key, sent: null);
            return;
        }

        Assert.True(_out.Remove(cancel.Key, out var call), $"{cancel.Key} is cancelled and is not out");
        world.Cancelled(cancel.Key, call);
    }

    private void Release(ReleasedEffect effect)
    {
        switch (effect)
        {
            case Call call:
                _out.Add(call.Key, call);
                world.Sent(call);
                break;
            case CallStep call:
                _out.Add(call.Key, call);
                world.Sent(call);
                break;
            case Answer answer:
                Assert.True(_answered.Add(answer.Caller), $"{answer.Caller} is answered twice");
                world.Answered(answer);
                break;
        }
    }
}

internal readonly record struct LogEntry(byte Type, ReadOnlyMemory<byte> Payload)
{
    internal CoordinatorRecord Record => RecordCodec.Read(Type, Payload.Span);
}

/// <summary>What the world sees of a coordinator.</summary>
internal interface IWorld
{
    void Appended(Append append);

    void Forced();

    void Held(ReleasedEffect effect);

    void Sent(Call call);

    /// <summary>For a step of a saga.</summary>
    void Sent(CallStep call) => throw new InvalidOperationException("this world has no sagas");

    /// <param name="sent">Null where it was never sent.</param>
    void Cancelled(CallKey key, OutgoingCall? sent);

    void Answered(Answer answer);

    /// <summary>Something for people and metrics.</summary>
    void Reported(Effect effect)
    {
    }
}
