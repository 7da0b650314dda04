using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Client.Participants;

namespace Concordat.Simulation;

/// <summary>A coordinator that is not ours, of which only the messages are seen.</summary>
internal static class Strangers
{
    internal const ulong Coordinator = 0x5_7AA9_6E12;

    internal static ParticipantInput Prepare(BranchKey key, Timestamp now) => new ParticipantInput.PrepareCalled(
        new Nobody(), key, Timestamp.Zero, new BranchTerms { CreatedAt = now, Deadline = now + TimeSpan.FromMinutes(1), InquiryUrl = "http://another/v1" });

    /// <summary>Of a branch that was never prepared: whoever says "done" has lost a commit.</summary>
    internal static ParticipantInput CommitOfUnknown(World world, BranchKey key) =>
        new ParticipantInput.CommitCalled(new Misled(world, key), key, Timestamp.Zero, null);

    internal static ParticipantInput Rollback(BranchKey key, Timestamp now) =>
        new ParticipantInput.RollbackCalled(new Nobody(), key, Timestamp.Zero, now, null);

    private sealed class Misled(World world, BranchKey key) : ReplyCaller
    {
        public override void Answer(Core.Participation.Reply reply)
        {
            if (reply is Core.Participation.Reply.Done)
            {
                throw world.Break("I8", $"the commit of {key} is acknowledged, and it was never prepared");
            }
        }

        public override void Fail(Exception e) => throw e;
    }

    /// <summary>It hears the answer, and it is none of our business.</summary>
    private sealed class Nobody : ReplyCaller
    {
        public override void Answer(Core.Participation.Reply reply)
        {
        }

        public override void Fail(Exception e) => throw e;
    }
}
