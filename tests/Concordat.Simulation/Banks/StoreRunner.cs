using System.Buffers;
using Concordat.Client.Participants;
using Concordat.Core.Participation;

namespace Concordat.Simulation;

/// <summary>
/// A resource manager with a durable store of its own beside the participant's log: each call takes a while, and what it did stays done,
/// whether or not its process lived to hear of it. It may fail, before or after it did it.
/// </summary>
internal sealed class StoreRunner(World world, SdkNode node, Accounts store, Dice dice) : IResourceRunner
{
    public IReplayedResource? Replayed => null;

    public ResourceResult? Run(ParticipantEffect.Run run, Action<ResourceResult> later)
    {
        node.After(world.Moment(dice), () =>
        {
            node.PassResource(run.What, after: false);
            if (world.ResourceFails(dice))
            {
                // A commit may also not find what is there, as XA does while the session that prepared it lives: "not held" is not "done".
                later(run.What == ResourceCall.Commit && dice.Chance(0.5) ? new ResourceResult.NotHeld() : new ResourceResult.Failed("the store is not there"));
                return;
            }

            var result = Do(run);
            node.PassResource(run.What, after: true);
            node.After(world.Moment(dice), () => later(world.ResourceFails(dice) ? new ResourceResult.Failed("the store's answer was lost") : result));
        });
        return null;
    }

    public void Apply(ReadOnlySpan<byte> change) => throw new NotSupportedException("its state is in its own store");

    public void Save(IBufferWriter<byte> to)
    {
        // Its state is in its own store.
    }

    public void CancelAfter(TimeSpan timeout)
    {
        // A simulated process does not stop, it dies.
    }

    public Task StopAsync(TimeSpan timeout) => Task.CompletedTask;

    private ResourceResult Do(ParticipantEffect.Run run)
    {
        switch (run.What)
        {
            case ResourceCall.Prepare:
                // Asked twice, it says the same twice: that is the resource manager's part of the bargain.
                var vote = store.Holds(run.Key) ? Vote.Yes : store.Prepare(run.Key);
                return new ResourceResult.Voted(vote, Evidence: vote == Vote.Yes ? Accounts.EvidenceOf(run.Key.Branch) : null);
            case ResourceCall.Commit:
                if (!store.Applied.Contains(run.Key))
                {
                    store.Commit(run.Key);
                    world.Ledger.Applied(node, run.Key);
                }

                return new ResourceResult.Done();
            default:
                if (store.Applied.Contains(run.Key))
                {
                    throw world.Break("AC2", $"{node} rolls back {run.Key}, which its store has committed");
                }

                store.Rollback(run.Key);
                return new ResourceResult.Done();
        }
    }
}
