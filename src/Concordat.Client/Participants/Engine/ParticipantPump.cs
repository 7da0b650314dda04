using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using Concordat.Log;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Participants;

/// <summary>
/// The participant's engine without its thread: the log, the machine, and one turn at a time.
/// <code>
///   batch ──► step each ──► append all ──► request a flush ──► (log driver) durable up to L ──► next turn: release what waited
/// </code>
/// Whoever owns it says when a turn is and what the time is then, and ends the process where it throws. One caller at a time.
/// </summary>
internal sealed class ParticipantPump
{
    private const int MaxWaitsForSpares = 500;
    private static readonly TimeSpan SparesPatience = TimeSpan.FromMilliseconds(10);

    private readonly ParticipantOptions _options;
    private readonly IResourceRunner _runner;
    private readonly ParticipantPumpEdge _edge;
    private readonly ILogger _logger;
    private readonly HeldWork _held = new();
    private readonly List<ParticipantEffect> _effects = [];
    private readonly ParticipantLog _log;
    private readonly Checkpointer _checkpointer;
    private readonly LogOwner _owner;
    private TimeSpan _noWaitForSpaceBefore;
    private bool _flush;

    /// <summary>Opens the log and replays it. Everything that a restart must not overlook is an exception.</summary>
    /// <param name="seed">Of the jitter in the machine's waits.</param>
    public ParticipantPump(
        ParticipantOptions options, IResourceRunner runner, ILogStorage storage, LogOptions log, ulong seed, ParticipantPumpEdge edge, ILogger logger)
    {
        _options = options;
        _runner = runner;
        _edge = edge;
        _logger = logger;
        Machine = new ParticipantMachine(
            new ParticipantSettings
            {
                HasOwnStore = runner.Replayed is null,
                MaxBranches = options.MaxBranches,
                MaxRemembered = options.MaxRemembered,
                InquireAfter = options.InquireAfter,
                LatenessAllowance = options.LatenessAllowance,
            },
            new SplitMix64(seed));
        var expected = new LogOwner(options.Name, runner.Replayed is null, 0);
        var replay = new ParticipantReplay(Machine, expected, runner.Replayed);
        _log = ParticipantLog.Open(storage, log, replay);
        _owner = expected with { Run = replay.LastRun + 1 };
        _checkpointer = new Checkpointer(_log, Machine, runner, options, logger);
        if (_log.Log.ErasedTail is { } problem)
        {
            ParticipantLogMessages.TailErased(logger, problem);
        }
    }

    public ParticipantMachine Machine { get; }

    public WriteAheadLog Log => _log.Log;

    /// <summary>How much waits for the disk.</summary>
    public int Waiting => _held.Count;

    /// <summary>When a turn is wanted though nothing came.</summary>
    public TimeSpan? NextDue => Machine.NextDue;

    public void Start(Now now, ILogDriver driver)
    {
        _log.Append(new ParticipantRecord.Opened(_owner));
        Machine.Recovered(now);
        ParticipantLogMessages.Started(
            _logger, _options.Name, _options.DataDirectory, _owner.Run, Machine.LiveBranches, Machine.InDoubt, Machine.Remembered);
        _log.Start(driver);
    }

    public void Turn(List<EngineWork> batch, LogPosition durable, Now now)
    {
        NoteDurable(durable);
        _log.WantRoomFor(Machine.ReservedBytes);
        Machine.SetRoom(_log.RoomBytes);
        AwaitRoom(now);

        foreach (var work in batch)
        {
            Do(work, now);
        }

        if (Machine.NextDue <= now.Monotonic)
        {
            Step(new ParticipantInput.Tick(), now);
        }

        _checkpointer.Consider(now, _edge.AwaitLog, _owner);
        if (_flush || _held.Count > 0)
        {
            _flush = false;
            _log.RequestFlush();
        }
    }

    /// <summary>A clean stop: everything is durable, and whoever waited for it is answered.</summary>
    public void Close()
    {
        _log.Dispose();
        _log.NoteDurable(_log.Log.DurablePosition);
        _held.Release(_log.DurableRecord);
    }

    /// <summary>Nothing more is written.</summary>
    public void Abandon() => _log.Abandon();

    /// <summary>
    /// A burst, or a checkpoint, can be ahead of the spare segments: what is staged takes them before it is written, and new ones are
    /// made when they are begun. Patience keeps it from being refused as if the disk were full; where the disk is full there is none,
    /// and where it is so slow that patience runs out, none for a second.
    /// </summary>
    private void AwaitRoom(Now now)
    {
        for (var waits = 0; HasLittleRoom && !_log.IsDiskFull && now.Monotonic >= _noWaitForSpaceBefore; waits++)
        {
            if (waits == MaxWaitsForSpares)
            {
                _noWaitForSpaceBefore = now.Monotonic + TimeSpan.FromSeconds(1);
                return;
            }

            // Once: nothing more comes to be flushed, and the end of each flush would end the wait.
            if (waits == 0)
            {
                _log.RequestFlush();
            }

            _log.RequestSpace();
            _edge.AwaitLog(SparesPatience);
            Machine.SetRoom(_log.RoomBytes);
        }
    }

    private bool HasLittleRoom => Machine.FreeBytes < _log.SegmentSizeBytes / 2;

    private void NoteDurable(LogPosition durable)
    {
        _log.NoteDurable(durable);
        _held.Release(_log.DurableRecord);
        _checkpointer.NoteDurable(durable);
    }

    private void Do(EngineWork work, Now now)
    {
        switch (work)
        {
            case EngineWork.Input input:
                Step(input.What, now);
                break;
            case EngineWork.Change change:
                Apply(change, now);
                break;
            case EngineWork.Read read:
                var answer = read.Function();
                When(_log.LastRecord, answer);
                break;
        }
    }

    private void Apply(EngineWork.Change change, Now now)
    {
        if (Machine.FreeBytes < LogBudget.ChangeBytes(change.Bytes))
        {
            change.Caller.Fail(new ParticipantUnavailableException($"The log of participant '{_options.Name}' is full; nothing was changed."));
            return;
        }

        try
        {
            _runner.Apply(change.Bytes);
        }
#pragma warning disable CA1031 // It refused the change and is as before; whoever asked for it is told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            change.Caller.Fail(e);
            return;
        }

        Step(new ParticipantInput.LocallyChanged(change.Caller, change.Bytes), now);
    }

    /// <summary>One input and all that follows from it at once. What the effects lead to is appended behind them.</summary>
    private void Step(ParticipantInput input, Now now)
    {
        Machine.Step(input, now, _effects);
        for (var i = 0; i < _effects.Count; i++)
        {
            switch (_effects[i])
            {
                case ParticipantEffect.Append append:
                    _log.Append(append.Record, append.Number);
                    _flush |= append.Force;
                    break;
                case ParticipantEffect.Run run when _runner.Replayed is not null:
                    // Its change is in memory, and its record follows in this very step: nothing to wait for.
                    RunNow(run, now);
                    break;
                case ParticipantEffect.Run run:
                    When(run.After, () => RunLater(run));
                    break;
                case ParticipantEffect.Answer answer:
                    When(answer.After, () => ((ReplyCaller)answer.Caller).Answer(answer.Reply));
                    break;
                case ParticipantEffect.Ask ask:
                    When(ask.After, () => _edge.Ask(ask));
                    break;
            }
        }

        _effects.Clear();
    }

    private void RunNow(ParticipantEffect.Run run, Now now)
    {
        var result = _runner.Run(run, static _ => { })
            ?? throw new ParticipantInvariantException("a resource manager whose state is the log answers at once");
        Machine.Step(new ParticipantInput.ResourceFinished(run.Key, run.What, result), now, _effects);
    }

    private void RunLater(ParticipantEffect.Run run)
    {
        if (_runner.Run(run, Back) is { } result)
        {
            Back(result);
        }

        void Back(ResourceResult r) => _edge.Post(new EngineWork.Input(new ParticipantInput.ResourceFinished(run.Key, run.What, r)));
    }

    private void When(ulong after, Action action)
    {
        if (after <= _log.DurableRecord)
        {
            action();
        }
        else
        {
            _held.Hold(after, action);
        }
    }
}

/// <summary>What the pump needs of those around it.</summary>
/// <param name="Ask">Starts an inquiry; its end comes back as work. Never waits.</param>
/// <param name="Post">Work for the next turn; from any thread.</param>
/// <param name="AwaitLog">Waits for the log driver, at most this long: the only wait within a turn.</param>
internal sealed record ParticipantPumpEdge(Action<ParticipantEffect.Ask> Ask, Action<EngineWork> Post, Action<TimeSpan> AwaitLog);
