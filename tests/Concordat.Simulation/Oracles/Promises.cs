using Concordat.Core;
using Reply = Concordat.Core.Participation.Reply;

namespace Concordat.Simulation;

/// <summary>What a participant says must stand on its disk (I7, I8).</summary>
internal sealed class Promises(World world)
{
    internal void Answering(SdkNode node, Call call, Reply reply)
    {
        if (world.Deals.Find(call.Key.Transaction)?.Find(call.Target.BranchId) is not { } branch)
        {
            return;
        }

        var key = $"{call.Key.Transaction}/{call.Target.BranchId}";
        switch (reply)
        {
            case Reply.Voted { Vote: Vote.Yes } when call.Kind == CallKind.OnePhase && !branch.CommittedDurable:
                throw world.Break("I8", $"{node} says that {key} is committed in one phase, and it is not durable");
            case Reply.Voted { Vote: Vote.Yes } when call.Kind == CallKind.Prepare && !branch.PreparedDurable && !branch.CommittedDurable:
                throw world.Break("I7", $"{node} says yes to {key}, and its promise is not durable");
            case Reply.Done when call.Kind == CallKind.Commit && !branch.CommittedDurable && !branch.Left:
                throw world.Break("I8", $"{node} acknowledges the commit of {key}, and it is not durable");
            case Reply.Done when call.Kind == CallKind.Rollback && branch.PreparedDurable && !branch.RolledBackDurable:
                throw world.Break("I8", $"{node} acknowledges the rollback of {key}, and it is still prepared");
            case Reply.Done when call.Kind == CallKind.Rollback:
                branch.SaidRolledBack = true;
                break;
            case Reply.Voted { Vote: Vote.Yes } when branch.SaidRolledBack:
                throw world.Break("I13", $"{node} says yes to {key}, whose rollback it has acknowledged");
        }
    }
}
