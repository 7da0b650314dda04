using System.Buffers;
using System.Diagnostics;
using Concordat.Core.Participation;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Participants;

/// <summary>
/// Calls an <see cref="IResourceManager"/> on the thread pool. Prepares have their own slots, and commits and rollbacks theirs, so
/// that hanging prepares cannot starve what must end.
/// </summary>
internal sealed class OwnStoreRunner(IResourceManager manager, ParticipantOptions options, ILogger logger) : IResourceRunner, IDisposable
{
    private readonly SemaphoreSlim _prepares = new(options.MaxConcurrentCalls);
    private readonly SemaphoreSlim _endings = new(options.MaxConcurrentCalls);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _stopped;

    public IReplayedResource? Replayed => null;

    public ResourceResult? Run(ParticipantEffect.Run run, Action<ResourceResult> later)
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return new ResourceResult.Failed("the participant stops");
            }

            _running++;
        }

        _ = Task.Run(async () =>
        {
            var result = await CallAsync(run).ConfigureAwait(false);
            later(result);
            lock (_gate)
            {
                if (--_running == 0 && _stopped)
                {
                    _idle.TrySetResult();
                }
            }
        });
        return null;
    }

    public void Apply(ReadOnlySpan<byte> change) =>
        throw new NotSupportedException("Only the state of an ILoggedResourceManager is changed through the participant's log.");

    public void Save(IBufferWriter<byte> to)
    {
        // Its state is in its own store.
    }

    public void CancelAfter(TimeSpan timeout) => _stopping.CancelAfter(timeout);

    public async Task StopAsync(TimeSpan timeout)
    {
        lock (_gate)
        {
            _stopped = true;
            if (_running == 0)
            {
                _idle.TrySetResult();
            }
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_idle.Task, Task.Delay(timeout)).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _prepares.Dispose();
        _endings.Dispose();
    }

    private async Task<ResourceResult> CallAsync(ParticipantEffect.Run run)
    {
        var slots = run.What == ResourceCall.Prepare ? _prepares : _endings;
        var branch = new BranchContext(run.Key, run.Terms, run.Evidence);
        using var activity = ParticipantTelemetry.Start(run);
        try
        {
            await slots.WaitAsync(_stopping.Token).ConfigureAwait(false);
            try
            {
                return await CallAsync(run.What, branch).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        }
        catch (BranchNotHeldException e) when (run.What != ResourceCall.Prepare)
        {
            ParticipantLogMessages.NotHeld(logger, run.What, branch.Key, e);
            return new ResourceResult.NotHeld();
        }
#pragma warning disable CA1031 // Whatever the resource manager throws, the branch lives on: the failure becomes its result.
        catch (Exception e)
#pragma warning restore CA1031
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            ParticipantLogMessages.ResourceFailed(logger, run.What, branch.Key, e);
            return new ResourceResult.Failed($"{e.GetType().Name}: {e.Message}");
        }
    }

    private async Task<ResourceResult> CallAsync(ResourceCall what, BranchContext branch)
    {
        switch (what)
        {
            case ResourceCall.Prepare:
                var vote = await manager.PrepareAsync(branch, _stopping.Token).ConfigureAwait(false);
                return vote is null
                    ? new ResourceResult.Failed($"{manager.GetType().Name}.PrepareAsync returned null")
                    : new ResourceResult.Voted(vote.Vote, vote.Reason, vote.Evidence);
            case ResourceCall.Commit:
                await manager.CommitAsync(branch, _stopping.Token).ConfigureAwait(false);
                return new ResourceResult.Done();
            case ResourceCall.Rollback:
                await manager.RollbackAsync(branch, _stopping.Token).ConfigureAwait(false);
                return new ResourceResult.Done();
            default:
                throw new ParticipantInvariantException($"{what} was asked of a resource manager with its own store");
        }
    }
}
