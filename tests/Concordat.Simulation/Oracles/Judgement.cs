using Concordat.Core.Participation;

namespace Concordat.Simulation;

/// <summary>When everything has healed: AC1 and AC5 for everybody, the accounts to the last unit, nothing held and nothing hanging.</summary>
internal static class Judgement
{
    internal static bool HasEnded(World world) =>
        world.Clients.All(c => c.IsIdle)
        && world.Coordinator.IsReady
        && Unended(world) == 0
        && UnendedSagas(world) == 0
        && world.Sagas.HaveEnded
        && world.Participants.All(p => p.IsOpen && InDoubtForEver(world, p) is var inDoubt && p.Unfinished <= inDoubt && p.Accounts!.HeldBranches <= inDoubt);

    /// <summary>
    /// Where an old copy was put back, what was begun in an epoch that it does not know stays in doubt: nobody is told anything final, and
    /// the log that knows it must be found.
    /// </summary>
    private static int InDoubtForEver(World world, ParticipantNode participant) => !world.WasRestored ? 0 : world.Deals.All
        .Where(d => !world.Coordinator.Witness.KnowsEpochOf(d.Id))
        .Sum(d => d.Branches.Count(b => b.Participant == participant.Number && (b.IsInDoubt || participant.Accounts!.Holds(new BranchKey(d.Id, b.Id)))));

    internal static string WhatIsLeft(World world)
    {
        var left = new List<string>();
        if (!world.Coordinator.IsReady)
        {
            left.Add("the coordinator is not ready");
        }
        else if (Unended(world) is > 0 and var unended)
        {
            left.Add($"the coordinator has {unended} transactions that have not ended");
        }
        else if (UnendedSagas(world) is > 0 and var sagas)
        {
            left.Add($"the coordinator has {sagas} sagas that have not ended");
        }
        else if (!world.Sagas.HaveEnded)
        {
            left.Add("not all sagas have ended durably");
        }

        if (world.Clients.FirstOrDefault(c => !c.IsIdle) is { } client)
        {
            left.Add($"{client} waits for an answer");
        }

        foreach (var participant in world.Participants)
        {
            if (!participant.IsOpen)
            {
                left.Add($"{participant} is not up");
            }
            else if (participant.Unfinished > InDoubtForEver(world, participant))
            {
                left.Add($"{participant} has {participant.Unfinished} unfinished branches");
            }
            else if (participant.Accounts!.HeldBranches > InDoubtForEver(world, participant))
            {
                left.Add($"{participant} holds money for {participant.Accounts.HeldBranches} branches");
            }
        }

        return string.Join(", ", left);
    }

    /// <summary>Not those whose end is only not durable yet: it is not forced, and the next force takes it along.</summary>
    private static int Unended(World world)
    {
        var counts = world.Coordinator.Coordinator.Counts;
        return counts.InState(TransactionState.Active) + counts.InState(TransactionState.Preparing) + counts.InState(TransactionState.Prepared)
            + counts.InState(TransactionState.Committing) + counts.InState(TransactionState.Aborting);
    }

    private static int UnendedSagas(World world)
    {
        var counts = world.Coordinator.Coordinator.Counts;
        return counts.SagasInState(SagaState.Running) + counts.SagasInState(SagaState.Compensating) + counts.SagasInState(SagaState.Stuck);
    }

    internal static void Judge(World world)
    {
        var coordinator = world.Coordinator.Coordinator;
        Require(world, coordinator.Counts.Hazards == 0, "AC5", $"{coordinator.Counts.Hazards} hazards are left");
        Require(world, coordinator.Counts.LocksHeld == 0 && coordinator.Counts.LocksWaiting == 0, "I17", $"{coordinator.Counts.LocksHeld} locks are held and {coordinator.Counts.LocksWaiting} awaited, and everything has ended");
        Require(world, coordinator.ReservedBytes == 0, "I17", $"{coordinator.ReservedBytes} bytes of the log stay promised to nobody");
        foreach (var participant in world.Participants)
        {
            Require(world, participant is not SdkNode sdk || sdk.Machine.ReservedBytes == 0 || world.WasRestored, "I17", $"bytes of {participant}'s log stay promised to nobody");
            Agree(world, participant);
        }

        if (world.Violation is null)
        {
            world.Sagas.Judge();
        }
    }

    private static void Agree(World world, ParticipantNode participant)
    {
        var expected = new int[Accounts.Count];
        Array.Fill(expected, Accounts.Opening);
        foreach (var deal in world.Deals.All)
        {
            foreach (var branch in deal.Branches.Where(b => b.Participant == participant.Number))
            {
                var key = new BranchKey(deal.Id, branch.Id);
                var applied = participant.Accounts!.Applied.Contains(key);
                var leg = Accounts.LegOf(branch.Id);
                // In one phase the participant decides, and the log that heard of it may be the lost one.
                var decidedThere = world.WasRestored && deal.Branches.Count == 1 && branch.CommittedDurable;
                var mustApply = (deal.WasCommitted || decidedThere) && leg.Amount != 0 && !participant.Accounts!.Holds(key);
                Require(world, applied == mustApply, "AC1", $"{deal.Id} {(deal.WasCommitted ? "is committed" : "is not committed")}, and {participant} has {(applied ? "" : "not ")}applied branch {branch.Id}");
                if (applied)
                {
                    expected[leg.Account] += leg.Amount;
                    if (leg.OtherAccount != Leg.None)
                    {
                        expected[leg.OtherAccount] -= leg.Amount;
                    }
                }
            }
        }

        for (var account = 0; account < Accounts.Count; account++)
        {
            Require(
                world,
                participant.Accounts!.Balance(account) == expected[account],
                "bank total",
                $"account {account} of {participant} has {participant.Accounts.Balance(account)} where {expected[account]} were moved there");
        }
    }

    private static void Require(World world, bool holds, string invariant, string what)
    {
        if (!holds)
        {
            world.Break(invariant, what);
        }
    }
}
