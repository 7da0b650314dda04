using System.Security.Cryptography;
using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using Concordat.Log;
using Microsoft.Extensions.Logging;
using Reply = Concordat.Core.Participation.Reply;

namespace Concordat.Client.Participants;

/// <summary>
/// One thread that steps the participant's machine.
/// <code>
///   inbox ──batch──► step each ──► append all ──► request a flush ──► (flusher) durable up to L ──► release what waited
/// </code>
/// It never waits for the disk, except while a checkpoint is larger than the preallocated room. While one flush runs, the next
/// batch gathers.
/// </summary>
internal sealed class ParticipantEngine : IDisposable
{
    private const int MaxWaitsForSpares = 500;
    private const int MaxWaitingPerQueued = 4;
    private static readonly TimeSpan SparesPatience = TimeSpan.FromMilliseconds(10);

    private readonly ParticipantOptions _options;
    private readonly IResourceRunner _runner;
    private readonly IInquirer _inquirer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly EngineInbox _inbox;
    private readonly HeldWork _held = new();
    private readonly List<ParticipantEffect> _effects = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Thread _thread;
    private readonly ITimer _timer;
    private readonly long _startedAt;

    private readonly ParticipantMachine _machine;
    private readonly ParticipantLog _log;
    private readonly Checkpointer _checkpointer;
    private readonly LogOwner _owner;
    private TimeSpan _noWaitForSpaceBefore;
    private bool _flush;
    private int _failed;

    // How much waits for the disk, for those who post. A disk that hangs must not fill the memory.
    private int _waiting;

    /// <summary>Opens the log and replays it; the thread starts with <see cref="Start"/>.</summary>
    public ParticipantEngine(
        ParticipantOptions options, IResourceRunner runner, ILogStorage storage, IInquirer inquirer, TimeProvider time, ILogger logger)
    {
        _options = options;
        _runner = runner;
        _inquirer = inquirer;
        _time = time;
        _logger = logger;
        _startedAt = time.GetTimestamp();
        _inbox = new EngineInbox(options.MaxQueued);
        var seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _machine = new ParticipantMachine(
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
        var replay = new ParticipantReplay(_machine, expected, runner.Replayed);
        _log = ParticipantLog.Open(storage, options, time, replay);
        _owner = expected with { Run = replay.LastRun + 1 };
        _checkpointer = new Checkpointer(_log, _machine, runner, options, logger);
        _timer = time.CreateTimer(_ => _inbox.Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Loop) { IsBackground = true, Name = "concordat-participant" };
        if (_log.Log.ErasedTail is { } problem)
        {
            ParticipantLogMessages.TailErased(logger, problem);
        }
    }

    /// <summary>Ends when the engine has stopped or failed: nobody who waits will be answered.</summary>
    public Task Ended => _ended.Task;

    public ParticipantStatus Status => new(
        _thread.IsAlive && !_ended.Task.IsCompleted, Registered: false, _machine.LiveBranches, _machine.InDoubt, _machine.Remembered);

    /// <summary>The largest operations that one record can carry, whatever else is in it.</summary>
    public int MaxOperationsBytes =>
        _log.Log.MaxRecordBytes - (int)LogBudget.PromiseBytes(new BranchTerms { CreatedAt = Timestamp.Zero, InquiryUrl = new string('x', LogBudget.MaxInquiryUrlCharacters) });

    public void Start()
    {
        _log.Append(new ParticipantRecord.Opened(_owner));
        _machine.Recovered(Now());
        ParticipantLogMessages.Started(
            _logger, _options.Name, _options.DataDirectory, _owner.Run, _machine.LiveBranches, _machine.InDoubt, _machine.Remembered);
        _log.Start(new LogDriverOptions
        {
            OnDurable = _inbox.NoteDurable,
            OnFailure = e => Fail("its log can no longer be written", e),
            Time = _time,
            Name = "concordat-participant-log",
        });
        _inbox.Tick();
        _thread.Start();
    }

    /// <summary>Hands an input over and waits for the reply.</summary>
    /// <exception cref="ParticipantUnavailableException">The inbox is full, or the engine stops.</exception>
    public async Task<Reply> CallAsync(Func<WaitingCaller, EngineWork> work, CancellationToken cancellationToken)
    {
        var caller = new WaitingCaller();
        Post(work(caller));
        var first = await Task.WhenAny(caller.Reply, _ended.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        return first == caller.Reply
            ? await caller.Reply.ConfigureAwait(false)
            : throw new ParticipantUnavailableException($"Participant '{_options.Name}' has stopped.");
    }

    public async Task<T> ReadAsync<T>(Func<T> read, CancellationToken cancellationToken)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new EngineWork.Read(() => Evaluate(read, result)));
        await Task.WhenAny(result.Task, _ended.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        return result.Task.IsCompleted
            ? await result.Task.ConfigureAwait(false)
            : throw new ParticipantUnavailableException($"Participant '{_options.Name}' has stopped.");
    }

    /// <summary>Stops: 1. running calls to the resource manager end; 2. the inbox is emptied; 3. the log is forced and closed.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _runner.StopAsync(_options.StopTimeout).ConfigureAwait(false);
        _inbox.Close();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            _log.Dispose();
        }
        else
        {
            await Task.Run(_thread.Join).ConfigureAwait(false);
        }

        if (Volatile.Read(ref _failed) != 0)
        {
            await Task.Run(_log.Abandon).ConfigureAwait(false);
        }

        _ended.TrySetResult();
        ParticipantLogMessages.Stopped(_logger, _options.Name);
    }

    /// <summary>Stops as a crash would: nothing more is written, nobody is answered. For tests.</summary>
    internal void Crash()
    {
        Interlocked.Exchange(ref _failed, 1);
        _ended.TrySetResult();
        _inbox.Close();
        _log.Abandon();
        _thread.Join();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _stopping.Dispose();
    }

    private void Post(EngineWork work)
    {
        if (Volatile.Read(ref _waiting) >= MaxWaitingPerQueued * _options.MaxQueued || !_inbox.TryPost(work))
        {
            throw new ParticipantUnavailableException(
                $"Participant '{_options.Name}' takes nothing now: {_options.MaxQueued} calls wait already, or it stops. Try again later.");
        }
    }

    private void Loop()
    {
        try
        {
            while (_inbox.Take(out var batch, out var durable) && Volatile.Read(ref _failed) == 0)
            {
                Process(batch, durable);
            }

            if (Volatile.Read(ref _failed) == 0)
            {
                _log.Dispose();
                _log.NoteDurable(_log.Log.DurablePosition);
                _held.Release(_log.DurableRecord);
            }
        }
#pragma warning disable CA1031 // Whatever went wrong, the state in memory may no longer be what the log says.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail("its state can no longer be trusted", e);
        }
    }

    private void Process(List<EngineWork> batch, LogPosition durable)
    {
        NoteDurable(durable);
        var now = Now();
        _log.WantRoomFor(_machine.ReservedBytes);
        _machine.SetRoom(_log.RoomBytes);
        AwaitRoom(now);

        foreach (var work in batch)
        {
            Do(work, now);
        }

        if (_machine.NextDue <= now.Monotonic)
        {
            Step(new ParticipantInput.Tick(), now);
        }

        Volatile.Write(ref _waiting, _held.Count);
        _checkpointer.Consider(now, _inbox, _owner);
        if (_flush || _held.Count > 0)
        {
            _flush = false;
            _log.RequestFlush();
        }

        ArmTimer(now);
    }

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

            _log.RequestFlush();
            _log.RequestSpace();
            _inbox.AwaitLog(SparesPatience);
            _machine.SetRoom(_log.RoomBytes);
        }
    }

    private bool HasLittleRoom => _machine.FreeBytes < _options.SegmentSizeBytes / 2;

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
        if (_machine.FreeBytes < LogBudget.ChangeBytes(change.Bytes))
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
        _machine.Step(input, now, _effects);
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
                    When(answer.After, () => ((WaitingCaller)answer.Caller).Answer(answer.Reply));
                    break;
                case ParticipantEffect.Ask ask:
                    When(ask.After, () => Ask(ask));
                    break;
            }
        }

        _effects.Clear();
    }

    private void RunNow(ParticipantEffect.Run run, Now now)
    {
        var result = _runner.Run(run, static _ => { })
            ?? throw new ParticipantInvariantException("a resource manager whose state is the log answers at once");
        _machine.Step(new ParticipantInput.ResourceFinished(run.Key, run.What, result), now, _effects);
    }

    private void RunLater(ParticipantEffect.Run run)
    {
        if (_runner.Run(run, Back) is { } result)
        {
            Back(result);
        }

        void Back(ResourceResult r) => _inbox.Post(new EngineWork.Input(new ParticipantInput.ResourceFinished(run.Key, run.What, r)));
    }

    private void Ask(ParticipantEffect.Ask ask) => _ = Task.Run(async () =>
    {
        var result = await _inquirer.AskAsync(ask.Key, ask.InquiryUrl, ask.Attempt, _stopping.Token).ConfigureAwait(false);
        _inbox.Post(new EngineWork.Input(new ParticipantInput.InquiryAnswered(ask.Key, result)));
    });

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

    private static Action Evaluate<T>(Func<T> read, TaskCompletionSource<T> to)
    {
        try
        {
            var result = read();
            return () => to.TrySetResult(result);
        }
#pragma warning disable CA1031 // It belongs to whoever asked.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return () => to.TrySetException(e);
        }
    }

    private void ArmTimer(Now now)
    {
        if (_machine.NextDue is not { } due)
        {
            return;
        }

        // Always anew: a timer that fired a little early must come again. A millisecond more, so that it seldom does.
        var wait = due - now.Monotonic + TimeSpan.FromMilliseconds(1);
        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private Now Now() => new(_time.GetElapsedTime(_startedAt), Timestamp.From(_time.GetUtcNow()));

    private void Fail(string what, Exception cause)
    {
        if (Interlocked.Exchange(ref _failed, 1) != 0)
        {
            return;
        }

        var message = $"Concordat participant '{_options.Name}': {what}: {cause.Message} A restart recovers what is durable.";
        ParticipantLogMessages.FailStop(_logger, message, cause);
        _options.FailStop(message, cause);
        _ended.TrySetResult();
        _inbox.Close();
    }
}
