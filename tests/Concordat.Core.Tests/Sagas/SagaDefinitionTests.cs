using Concordat.Core.Sagas;
using static System.Text.Encoding;

namespace Concordat.Core.Tests.Sagas;

public sealed class SagaDefinitionTests
{
    private static StepSpec Step(string name, string[]? after = null, string action = "", string? compensation = null) => new(
        name, new StepCall("bank-a", "/do", UTF8.GetBytes(action)), compensation is null ? null : new StepCall("bank-a", "/undo", UTF8.GetBytes(compensation)),
        after, Attempts: 5, new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));

    private static SagaDefinition Define(params StepSpec[] steps) => SagaDefinition.Of(new SagaSpec { Timeout = TimeSpan.FromMinutes(1), Steps = steps });

    private static string Refusal(params StepSpec[] steps) => Assert.Throws<FormatException>(() => Define(steps)).Message;

    [Fact]
    public void Steps_follow_one_another_where_nothing_is_said()
    {
        var graph = Define(Step("a"), Step("b"), Step("c", after: []), Step("d", after: ["b", "c"])).Graph;
        Assert.Equal([[], [0], [], [1, 2]], Enumerable.Range(0, 4).Select(step => graph.After(step).ToArray()));
    }

    [Fact]
    public void A_circle_is_refused_and_named() =>
        Assert.Equal("steps wait for each other in a circle: 'b' after 'c' after 'b'", Refusal(Step("a"), Step("b", after: ["c"]), Step("c", after: ["b", "a"])));

    [Fact]
    public void A_step_that_there_is_not_is_named() => Assert.Contains("steps[1].after[0] is 'x'", Refusal(Step("a"), Step("b", after: ["x"])), StringComparison.Ordinal);

    [Fact]
    public void A_name_that_stands_twice_is_named() => Assert.Contains("steps[2].name is 'a', and so is that of steps[0]", Refusal(Step("a"), Step("b"), Step("a")), StringComparison.Ordinal);

    [Fact]
    public void A_step_that_is_named_twice_before_another_is_refused() => Assert.Contains("'a' twice", Refusal(Step("a"), Step("b", after: ["a", "a"])), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"$result":"b"}""")]
    [InlineData("""{"$result":"c"}""")]
    [InlineData("""{"$result":"nobody","default":1}""")]
    public void An_action_may_use_only_what_is_done_before(string body) =>
        Assert.Contains("steps[1].action.body", Refusal(Step("a"), Step("b", action: body), Step("c", after: [])), StringComparison.Ordinal);

    [Fact]
    public void An_action_may_use_what_is_done_long_before() => Define(Step("a"), Step("b"), Step("c", action: """[{"$result":"a","path":"/id"},{"$result":"b"}]"""));

    [Fact]
    public void A_compensation_may_use_its_own_result_only_with_a_default()
    {
        Assert.Contains("without a default", Refusal(Step("a", compensation: """{"$result":"a","path":"/id"}""")), StringComparison.Ordinal);
        Define(Step("a", compensation: """{"$result":"a","path":"/id","default":null}"""), Step("b", compensation: """{"$result":"a","path":"/id"}"""));
    }

    [Fact]
    public void A_compensation_may_not_use_what_comes_later() =>
        Assert.Contains("steps[0].compensation.body", Refusal(Step("a", compensation: """{"$result":"b","default":1}"""), Step("b")), StringComparison.Ordinal);

    [Fact]
    public void A_place_that_is_none_is_refused_with_where_it_stands() =>
        Assert.StartsWith("steps[0].compensation.body: ", Refusal(Step("a", compensation: """{"$result":"a","x":1}""")), StringComparison.Ordinal);

    /// <summary>A thousand steps in a row, each of which uses the first one's result.</summary>
    [Fact]
    public void A_thousand_steps_are_looked_through()
    {
        var steps = Enumerable.Range(0, 1000).Select(n => Step($"s{n}", action: n == 0 ? "" : """{"$result":"s0"}""")).ToArray();
        Assert.True(Define(steps).Graph.Precedes(0, 999));
    }

    [Fact]
    public void A_transaction_has_no_result_to_refer_to()
    {
        var transaction = Step("a") with { Action = new StepTransaction([new BranchSpec("bank-a", default)]) };
        Assert.Contains("is a transaction and has none", Refusal(transaction, Step("b", action: """{"$result":"a","default":1}""")), StringComparison.Ordinal);
    }

    [Fact]
    public void Operations_of_a_transaction_may_use_results()
    {
        StepSpec Uses(string step) => Step("b") with { Action = new StepTransaction([new BranchSpec("bank-a", UTF8.GetBytes("""[{"type":"x","data":{"$result":"STEP"}}]""".Replace("STEP", step, StringComparison.Ordinal)))]) };
        Define(Step("a"), Uses("a"));
        Assert.Contains("steps[1].branches[0].operations refers to the result of 'c'", Refusal(Step("a"), Uses("c")), StringComparison.Ordinal);
    }
}
