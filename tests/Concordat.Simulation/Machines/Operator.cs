using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Server.Engine;

namespace Concordat.Simulation;

/// <summary>
/// A person who was told that the coordinator runs on an old copy. It lists what waits, looks at the books of the participants to learn what
/// became of it, and settles it by hand: hazards, what the copy shows undecided, and what only the lost log knew.
/// </summary>
internal sealed class Operator(World world)
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(30);

    internal void LookAfter()
    {
        if (world.Coordinator.IsReady)
        {
            world.Clients[0].List(SettleListed);
            SettleUnknown();
        }

        world.Agenda.Add(world.Now + _every, null, 0, LookAfter);
    }

    private void SettleListed(TransactionList list)
    {
        foreach (var document in list.Items)
        {
            var undecided = document.Outcome is null;
            if (undecided && document.Branches.Count == 0)
            {
                world.Clients[0].Resolve(document.Id, "0", TruthOf(world.Deals.Know(document.Id)));
            }

            foreach (var branch in document.Branches)
            {
                // A branch that the original has seen acknowledged may be forgotten by its participant, who then cannot acknowledge it again.
                var waits = branch.State is (BranchState.Hazard or BranchState.Committing) && branch.Attempts > 3;
                if (undecided || waits)
                {
                    Settle(world.Deals.Know(document.Id), branch.Id, world.Participant(branch.Participant));
                }
            }
        }
    }

    /// <summary>What a person settles counts as acknowledged: a participant that never asks must be told where it is.</summary>
    private void Settle(Deal deal, string branch, ParticipantNode participant)
    {
        world.Clients[0].Resolve(deal.Id, branch, TruthOf(deal));
        if (participant is ForeignNode { Plan.Flags.Inquires: false } silent)
        {
            silent.EndByHand(new BranchKey(deal.Id, branch), TruthOf(deal));
        }
    }

    /// <summary>In doubt at a participant, and not with the coordinator.</summary>
    private void SettleUnknown()
    {
        foreach (var deal in world.Deals.All)
        {
            for (var i = deal.BranchesOnRecord; i < deal.Branches.Count; i++)
            {
                var branch = deal.Branches[i];
                var key = new BranchKey(deal.Id, branch.Id);
                if (branch.Participant == 0 || world.Participants[branch.Participant - 1] is not { Accounts: { } accounts } participant || !(branch.IsInDoubt || accounts.Holds(key)))
                {
                    continue;
                }

                Settle(deal, branch.Id, participant);
            }
        }
    }

    private static Settlement TruthOf(Deal deal) =>
        deal.WasCommitted || deal.Branches.Any(b => b.CommittedDurable || b.DecidedThere) ? Settlement.Committed : Settlement.RolledBack;
}
