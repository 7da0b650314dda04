using Concordat.Core.Recovery;

namespace Concordat.Core.Tests.Recovery;

public sealed class RecoveryTableTests
{
    private static readonly Outcome?[] Outcomes = [null, Outcome.Committed, Outcome.Aborted];

    public static TheoryData<bool, bool, int, Outcome?, bool, Outcome?> AllFacts()
    {
        var data = new TheoryData<bool, bool, int, Outcome?, bool, Outcome?>();
        foreach (var begun in new[] { false, true })
        {
            foreach (var onePhase in new[] { false, true })
            {
                foreach (var decision in Outcomes)
                {
                    foreach (var decisions in decision is null ? new[] { 0 } : [1, 2, 3])
                    {
                        foreach (var differ in decisions > 1 ? new[] { false, true } : [false])
                        {
                            foreach (var end in Outcomes)
                            {
                                data.Add(begun, onePhase, decisions, decision, differ, end);
                            }
                        }
                    }
                }
            }
        }

        return data;
    }

    /// <summary>The table as it stands in docs/protocol.md, a row per line, written down without the code's help.</summary>
    [Theory]
    [MemberData(nameof(AllFacts))]
    public void Every_combination_of_facts_has_the_action_of_its_row(bool begun, bool onePhase, int decisions, Outcome? decision, bool differ, Outcome? end)
    {
        var expected = (begun, decisions, decision, end) switch
        {
            (_, > 1, _, _) => RecoveryAction.Impossible,
            (false, 0, null, null) when !onePhase => RecoveryAction.PresumeAbort,
            (false, _, _, _) => RecoveryAction.Impossible,
            (true, 0, null, null) => onePhase ? RecoveryAction.AskAgain : RecoveryAction.Abort,
            (true, 1, Outcome.Committed, null) => RecoveryAction.FinishCommit,
            (true, 1, Outcome.Aborted, null) => RecoveryAction.FinishAbort,
            (true, 0, null, Outcome.Aborted) => RecoveryAction.History,
            (true, 1, Outcome.Committed, Outcome.Committed) => RecoveryAction.History,
            (true, 1, Outcome.Aborted, Outcome.Aborted) => RecoveryAction.History,
            _ => RecoveryAction.Impossible,
        };

        Assert.Equal(expected, RecoveryTable.Decide(new LogFacts(begun, onePhase, decisions, decision, differ, end)));
    }
}
