using System.Buffers;
using Concordat.Core.Participation;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Participants;

/// <summary>
/// Calls an <see cref="ILoggedResourceManager"/> on the engine's thread, at once: its record follows before anything else is run, so
/// the order of the log is the order of the calls.
/// </summary>
internal sealed class LoggedRunner(ILoggedResourceManager manager, ILogger logger) : IResourceRunner, IReplayedResource
{
    public IReplayedResource Replayed => this;

    public ResourceResult? Run(ParticipantEffect.Run run, Action<ResourceResult> later)
    {
        using var activity = ParticipantTelemetry.Start(run);
        var branch = new BranchContext(run.Key, run.Terms);
        switch (run.What)
        {
            case ResourceCall.Prepare:
                return Vote(branch);
            case ResourceCall.PrepareAndCommit:
                var voted = Vote(branch);
                if (voted.Vote == Concordat.Vote.Yes)
                {
                    manager.Commit(branch);
                }

                return voted;
            case ResourceCall.Commit:
                manager.Commit(branch);
                return new ResourceResult.Done();
            case ResourceCall.Rollback:
                manager.Rollback(branch);
                return new ResourceResult.Done();
            default:
                throw new ParticipantInvariantException($"no such call: {run.What}");
        }
    }

    public void Apply(ReadOnlySpan<byte> change) => manager.Apply(change);

    public void Save(IBufferWriter<byte> to) => manager.Save(to);

    public void CancelAfter(TimeSpan timeout)
    {
        // Its calls end at once.
    }

    public Task StopAsync(TimeSpan timeout) => Task.CompletedTask;

    void IReplayedResource.Prepare(BranchKey key, BranchTerms terms) => Again($"prepare of {key}", () => PrepareAgain(new BranchContext(key, terms)));

    void IReplayedResource.Commit(BranchKey key, BranchTerms terms) => Again($"commit of {key}", () => manager.Commit(new BranchContext(key, terms)));

    void IReplayedResource.Rollback(BranchKey key, BranchTerms terms) => Again($"rollback of {key}", () => manager.Rollback(new BranchContext(key, terms)));

    void IReplayedResource.PrepareAndCommit(BranchKey key, BranchTerms terms) => Again($"commit in one phase of {key}", () =>
    {
        var branch = new BranchContext(key, terms);
        PrepareAgain(branch);
        manager.Commit(branch);
    });

    void IReplayedResource.Apply(ReadOnlySpan<byte> change)
    {
        var bytes = change.ToArray();
        Again("a change", () => manager.Apply(bytes));
    }

    void IReplayedResource.Load(IReadOnlyList<byte[]> pieces)
    {
        var saved = new byte[pieces.Sum(p => p.Length)];
        var at = 0;
        foreach (var piece in pieces)
        {
            piece.CopyTo(saved, at);
            at += piece.Length;
        }

        Again("a saved state", () => manager.Load(saved));
    }

    /// <summary>What went well once and was recorded goes wrong now: the log is not what this code wrote.</summary>
    private void Again(string what, Action call)
    {
        try
        {
            call();
        }
        catch (Exception e) when (e is not ParticipantHistoryException)
        {
            throw new ParticipantHistoryException(
                $"{manager.GetType().Name} threw at the replay of {what}, which was recorded: {e.GetType().Name}: {e.Message}. Start the version of the code that wrote this log.", e);
        }
    }

    private ResourceResult.Voted Vote(BranchContext branch)
    {
        try
        {
            var vote = manager.Prepare(branch);
            return new ResourceResult.Voted(vote.Vote, vote.Reason, vote.Evidence);
        }
#pragma warning disable CA1031 // By its contract an exception is a no that has changed nothing; the log names it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ParticipantLogMessages.ResourceFailed(logger, ResourceCall.Prepare, branch.Key, e);
            return new ResourceResult.Voted(Concordat.Vote.No, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private void PrepareAgain(BranchContext branch)
    {
        var vote = manager.Prepare(branch);
        if (vote.Vote != Concordat.Vote.Yes)
        {
            throw new ParticipantHistoryException(
                $"Branch {branch.Key} voted yes and was recorded, and at the replay {manager.GetType().Name} votes {vote.Vote} ({vote.Reason}). " +
                "Its Prepare must depend on its state and on the branch only. Start the version of the code that wrote this log.");
        }
    }
}
