using System.Buffers;
using Concordat.Client.Participants;
using Concordat.Core.Participation;

namespace Concordat.Simulation;

/// <summary>A resource manager whose state is the participant's log.</summary>
internal sealed class LoggedBank(World world, SdkNode node) : ILoggedResourceManager
{
    internal Accounts Accounts { get; } = new(world, node);

    public VoteResult Prepare(BranchContext branch)
    {
        node.PassResource(ResourceCall.Prepare, after: false);
        var vote = Accounts.Prepare(KeyOf(branch));
        node.PassResource(ResourceCall.Prepare, after: true);
        return vote switch
        {
            Vote.Yes => VoteResult.Yes(Accounts.EvidenceOf(branch.BranchId)),
            Vote.No => VoteResult.No("not enough"),
            _ => VoteResult.ReadOnly(),
        };
    }

    public void Commit(BranchContext branch)
    {
        node.PassResource(ResourceCall.Commit, after: false);
        Accounts.Commit(KeyOf(branch));
        world.Ledger.Applied(node, KeyOf(branch));
        node.PassResource(ResourceCall.Commit, after: true);
    }

    public void Rollback(BranchContext branch)
    {
        node.PassResource(ResourceCall.Rollback, after: false);
        Accounts.Rollback(KeyOf(branch));
        node.PassResource(ResourceCall.Rollback, after: true);
    }

    public void Apply(ReadOnlySpan<byte> change) => throw new NotSupportedException("nothing changes here outside transactions");

    public void Save(IBufferWriter<byte> to) => Accounts.Save(to);

    public void Load(ReadOnlySpan<byte> saved) => Accounts.Load(saved);

    private static BranchKey KeyOf(BranchContext branch) => new(branch.TransactionId, branch.BranchId);
}
