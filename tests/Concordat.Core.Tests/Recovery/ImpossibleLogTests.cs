using Concordat.Core.Encoding;
using Concordat.Core.Records;
using Concordat.Core.Recovery;

namespace Concordat.Core.Tests.Recovery;

/// <summary>Records that are good one by one and contradict each other stop the start, by name.</summary>
public sealed class ImpossibleLogTests
{
    private const ulong Coordinator = 0xC0FFEE;
    private static readonly TransactionId Id = new(Coordinator, 1, 1);
    private static readonly Timestamp At = new(1_700_000_000_000);
    private static readonly EndDetails Details = new(true, [new BranchEnd(BranchState.Committed, Vote.Yes)], new Timestamp?[7]);

    private static readonly CoordinatorRecord Epoch = new EpochStarted(At, 1, 1, Restored: false);
    private static readonly CoordinatorRecord Participant = new ParticipantPut(At, "bank-a", "http://a", default);

    private static readonly CoordinatorRecord Begin =
        new Begun(At, Id, new TransactionHeader { Opened = false, Deadline = At }, [new BranchHeader("1", "bank-a", default)]);

    private static Decided Decision(Outcome outcome, int branch = 0) => new(At, Id, outcome, null, outcome == Outcome.Committed ? [new PreparedBranch(branch, null)] : []);

    private static Ended End(Outcome outcome) => new(At, Id, outcome, null, Details);

    [Fact]
    public void Two_decisions_that_differ_stop_the_start() => Refuses("Decided", Epoch, Participant, Begin, Decision(Outcome.Committed), Decision(Outcome.Aborted));

    [Fact]
    public void A_commit_beside_an_end_that_says_aborted_stops_the_start() => Refuses("Ended", Epoch, Participant, Begin, Decision(Outcome.Committed), End(Outcome.Aborted));

    [Fact]
    public void A_committed_end_without_a_decision_stops_the_start() => Refuses("Ended", Epoch, Participant, Begin, End(Outcome.Committed));

    [Fact]
    public void A_decision_without_a_begin_stops_the_start() => Refuses("Decided", Epoch, Participant, Decision(Outcome.Committed));

    [Fact]
    public void Two_begins_stop_the_start() => Refuses("begins twice", Epoch, Participant, Begin, Begin);

    [Fact]
    public void A_begin_of_an_unknown_epoch_stops_the_start() => Refuses("epoch", Epoch, Participant, (Begun)Begin with { Id = new TransactionId(Coordinator, 2, 1) });

    [Fact]
    public void A_branch_of_an_unregistered_participant_stops_the_start() => Refuses("bank-a", Epoch, Begin);

    [Fact]
    public void Removing_what_was_never_put_stops_the_start() => Refuses("bank-a", Epoch, new ParticipantRemoved(At, "bank-a"));

    [Fact]
    public void An_epoch_that_is_not_later_stops_the_start() => Refuses("epoch", Epoch, Epoch);

    [Fact]
    public void A_decision_about_a_branch_that_is_not_there_stops_the_start() => Refuses("branch", Epoch, Participant, Begin, Decision(Outcome.Committed, branch: 7));

    [Fact]
    public void A_settlement_of_a_branch_that_is_not_there_stops_the_start() =>
        Refuses("branch", Epoch, Participant, Begin, Decision(Outcome.Committed), new BranchSettled(At, Id, 7, Settlement.Committed, "olga", "seen"));

    [Fact]
    public void An_end_of_other_branches_stops_the_start() => Refuses(
        "branches", Epoch, Participant, Begin, Decision(Outcome.Committed), End(Outcome.Committed) with { Details = Details with { Branches = [] } });

    [Fact]
    public void One_phase_without_one_branch_stops_the_start() => Refuses(
        "one", Epoch, Participant, (Begun)Begin with { Branches = [] }, new OnePhaseStarted(At, Id, ReadOnlyMemory<byte>.Empty));

    [Fact]
    public void A_log_that_begins_in_its_middle_stops_the_start() => Refuses("segments", Participant);

    private static void Refuses(string naming, params CoordinatorRecord[] records)
    {
        var e = Assert.Throws<ImpossibleLogException>(() =>
        {
            var replay = new CoordinatorReplay(new CoordinatorOptions(), Coordinator, seed: 1);
            var writer = new RecordWriter();
            foreach (var record in records)
            {
                writer.Clear();
                RecordCodec.Write(record, writer);
                replay.Apply((byte)RecordCodec.TypeOf(record), writer.Written);
            }

            // Some of it shows only at the end.
            replay.Finish(default, [1], restored: false, []);
        });
        Assert.Contains(naming, e.Message, StringComparison.Ordinal);
    }
}
