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

    internal static ParticipantInput Rollback(BranchKey key, Timestamp now) =>
        new ParticipantInput.RollbackCalled(new Nobody(), key, Timestamp.Zero, now, null);

    /// <summary>It hears the answer, and it is none of our business.</summary>
    private sealed class Nobody : ReplyCaller
    {
        public override void Answer(Core.Participation.Reply reply)
        {
        }

        public override void Fail(Exception e) => throw e;
    }
}
