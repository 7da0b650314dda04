namespace Concordat.Simulation.Tests;

public sealed class ShrinkingTests
{
    [Fact]
    public void A_plan_shrinks_to_what_breaks_it()
    {
        var plan = PlanDrawing.Draw(11, new SimulationOptions { Participants = 5, Transactions = 30, Faults = 20 });
        var number = plan.Transfers[13].Number;
        var fault = plan.Faults[7];

        var small = Shrinker.Shrink(plan, p => p.Transfers.Any(t => t.Number == number) && p.Faults.Any(f => f.At == fault.At));

        Assert.Equal(number, Assert.Single(small.Transfers).Number);
        Assert.Equal(fault.GetType(), Assert.Single(small.Faults).GetType());
        Assert.True(small.Participants.Count <= small.Transfers[0].Legs.Count + 2, $"{small.Participants.Count} participants are left");
        Assert.Equal(Weather.Fair, small.Weather);
    }

    [Fact]
    public void A_shrunk_plan_can_be_played_and_names_only_participants_that_it_has()
    {
        for (var seed = 1ul; seed <= 30; seed++)
        {
            var plan = PlanDrawing.Draw(seed, new SimulationOptions { Participants = 5 });
            var keep = plan.Transfers[^1].Number;
            var small = Shrinker.Shrink(plan, p => p.Transfers.Any(t => t.Number == keep));
            Assert.All(small.Transfers.SelectMany(t => t.Legs), leg => Assert.InRange(leg.Participant, 1, small.Participants.Count));
            Assert.Null(new SimulationRun(small, new Coverage(), KillSteps.None, told: false).Play().Violation);
        }
    }

    [Fact]
    public void A_plan_survives_its_file()
    {
        for (var seed = 1ul; seed <= 50; seed++)
        {
            var plan = PlanDrawing.Draw(seed, new SimulationOptions());
            var read = PlanFile.Read(PlanFile.Write(plan));
            Assert.Equal(PlanFile.Write(plan), PlanFile.Write(read));
            var first = new SimulationRun(plan, new Coverage(), KillSteps.None, told: false).Play();
            var second = new SimulationRun(read, new Coverage(), KillSteps.None, told: false).Play();
            Assert.Equal(first.Hash, second.Hash);
        }
    }

    [Fact]
    public void A_file_that_is_no_plan_is_an_error_of_its_own()
    {
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => PlanFile.Read("{}"));
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => PlanFile.Read("[1, 2"));
    }
}
