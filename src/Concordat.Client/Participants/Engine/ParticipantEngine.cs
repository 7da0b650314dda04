using System.Security.Cryptography;
using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using Concordat.Log;
using Microsoft.Extensions.Logging;
using Reply = Concordat.Core.Participation.Reply;

namespace Concordat.Client.Participants;

/// <summary>
/// One thread that takes what waits in the inbox and gives it to the <see cref="ParticipantPump"/>, turn after turn. It never waits
/// for the disk, except while a checkpoint is larger than the preallocated room. While one flush runs, the next batch gathers.
/// </summary>
internal sealed class ParticipantEngine : IDisposable
{
    private const int MaxWaitingPerQueued = 4;

    private readonly ParticipantOptions _options;
    private readonly IResourceRunner _runner;
    private readonly IInquirer _inquirer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly EngineInbox _inbox;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Thread _thread;
    private readonly ITimer _timer;
    private readonly long _startedAt;

    private readonly ParticipantPump _pump;
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
        _pump = new ParticipantPump(
            options, runner, storage, ParticipantLog.OptionsFor(options.SegmentSizeBytes), RandomSeed(),
            new ParticipantPumpEdge(Ask, _inbox.Post, _inbox.AwaitLog), logger);
        _timer = time.CreateTimer(_ => _inbox.Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Loop) { IsBackground = true, Name = "concordat-participant" };
    }

    /// <summary>Ends when the engine has stopped or failed: nobody who waits will be answered.</summary>
    public Task Ended => _ended.Task;

    public ParticipantStatus Status => new(
        _thread.IsAlive && !_ended.Task.IsCompleted, Registered: false, _pump.Machine.LiveBranches, _pump.Machine.InDoubt, _pump.Machine.Remembered);

    /// <summary>The largest operations that one record can carry, whatever else is in it.</summary>
    public int MaxOperationsBytes =>
        _pump.Log.MaxRecordBytes - (int)LogBudget.PromiseBytes(new BranchTerms { CreatedAt = Timestamp.Zero, InquiryUrl = new string('x', LogBudget.MaxInquiryUrlCharacters) });

    public void Start()
    {
        _pump.Start(Now(), new LogDriver(_pump.Log, new LogDriverOptions
        {
            OnDurable = _inbox.NoteDurable,
            OnFailure = e => Fail("its log can no longer be written", e),
            Time = _time,
            Name = "concordat-participant-log",
        }));
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
            _pump.Close();
        }
        else
        {
            await Task.Run(_thread.Join).ConfigureAwait(false);
        }

        if (Volatile.Read(ref _failed) != 0)
        {
            await Task.Run(_pump.Abandon).ConfigureAwait(false);
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
        _pump.Abandon();
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
                var now = Now();
                _pump.Turn(batch, durable, now);
                Volatile.Write(ref _waiting, _pump.Waiting);
                ArmTimer(now);
            }

            if (Volatile.Read(ref _failed) == 0)
            {
                _pump.Close();
            }
        }
#pragma warning disable CA1031 // Whatever went wrong, the state in memory may no longer be what the log says.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail("its state can no longer be trusted", e);
        }
    }

    private void Ask(ParticipantEffect.Ask ask) => _ = Task.Run(async () =>
    {
        var result = await _inquirer.AskAsync(ask.Key, ask.InquiryUrl, ask.Attempt, _stopping.Token).ConfigureAwait(false);
        _inbox.Post(new EngineWork.Input(new ParticipantInput.InquiryAnswered(ask.Key, result)));
    });

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
        if (_pump.NextDue is not { } due)
        {
            return;
        }

        // Always anew: a timer that fired a little early must come again. A millisecond more, so that it seldom does.
        var wait = due - now.Monotonic + TimeSpan.FromMilliseconds(1);
        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private static ulong RandomSeed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

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
