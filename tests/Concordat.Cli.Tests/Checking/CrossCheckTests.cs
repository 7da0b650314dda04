using Concordat.Cli.Checking;
using Concordat.Cli.Tests.Support;
using Concordat.Core;
using Concordat.Core.Records;

namespace Concordat.Cli.Tests.Checking;

/// <summary>The coordinator's log against the participants'.</summary>
public sealed class CrossCheckTests
{
    private readonly AuditWorld _world = new();

    private CoordinatorLog Coordinator => _world.Coordinator;

    private BankLog A => _world.A;

    private BankLog B => _world.B;

    [Fact]
    public void What_is_as_it_must_be_is_counted_and_is_no_violation()
    {
        var committed = _world.Prepared(1);
        Coordinator.Commit(committed);
        A.Commit(committed);
        B.Commit(committed);
        Coordinator.End(committed, Outcome.Committed);
        var aborted = _world.Prepared(2);
        A.RollBack(aborted);
        B.RollBack(aborted);
        Coordinator.End(aborted, Outcome.Aborted);
        var presumed = Coordinator.Id(3);
        A.Prepare(presumed);
        A.RollBack(presumed);

        var findings = _world.Audit();

        Assert.Empty(findings.Violations);
        Assert.Empty(findings.Unjudged);
        Assert.Equal(5, findings.Sound);
    }

    [Fact]
    public void AC1_a_commit_of_what_was_aborted_is_found_with_its_records()
    {
        var id = _world.Prepared();
        Coordinator.Abort(id);
        A.Commit(id);
        B.RollBack(id);

        var violation = Assert.Single(_world.Audit().Violations);

        Assert.Equal(ViolationKind.CommittedAborted, violation.Kind);
        Assert.Equal(new Place(id, "1", "bank-a"), violation.Where);
        Assert.Equal(["Begun", "Decided aborted", "Prepared", "Committed"], violation.Records.Select(r => r.Record));
    }

    [Fact]
    public void AC1_a_rollback_of_what_was_committed_is_found()
    {
        var id = _world.Prepared();
        Coordinator.Commit(id);
        A.Commit(id);
        B.RollBack(id);
        _world.ShouldFind(ViolationKind.RolledBackCommitted);
    }

    [Fact]
    public void I6_a_commit_without_a_decision_is_found()
    {
        var id = _world.Prepared();
        A.Commit(id);
        _world.ShouldFind(ViolationKind.CommitWithoutDecision);
    }

    [Fact]
    public void I6_a_commit_of_a_transaction_that_the_log_does_not_know_is_found()
    {
        A.Prepare(Coordinator.Id(9));
        A.Commit(Coordinator.Id(9));
        _world.ShouldFind(ViolationKind.CommitWithoutDecision);
    }

    [Fact]
    public void I11_a_commit_of_an_epoch_that_the_log_does_not_know_is_found()
    {
        A.Prepare(Coordinator.Id(1, nonce: 99));
        A.Commit(Coordinator.Id(1, nonce: 99));
        _world.ShouldFind(ViolationKind.CommitWithoutDecision);
    }

    [Fact]
    public void AC3_a_commit_of_a_branch_that_the_decision_does_not_count_is_found()
    {
        var id = _world.Prepared();
        Coordinator.Commit(id, 0);
        A.Commit(id);
        B.Commit(id);
        _world.ShouldFind(ViolationKind.CommitNotVoted);
    }

    [Fact]
    public void AC3_a_commit_of_a_branch_that_the_transaction_does_not_have_is_found()
    {
        var id = _world.Prepared();
        Coordinator.Commit(id);
        A.Commit(id);
        B.Commit(id);
        var stranger = new BankLog("bank-c", "3");
        stranger.Prepare(id);
        stranger.Commit(id);
        var findings = LogAudit.Run(Coordinator.Held, Coordinator.Number, [A.Held, B.Held, stranger.Held]).Findings;
        Assert.Equal(ViolationKind.CommitNotVoted, Assert.Single(findings.Violations).Kind);
    }

    [Fact]
    public void I7_a_yes_of_which_the_participant_knows_nothing_is_found_also_before_the_end()
    {
        var id = Coordinator.Begin(1);
        A.Prepare(id);
        Coordinator.Commit(id);
        A.Commit(id);
        _world.ShouldFind(ViolationKind.YesWithoutPromise);
    }

    [Fact]
    public void I9_an_end_before_a_branch_committed_is_found()
    {
        var id = _world.Prepared();
        Coordinator.Commit(id);
        A.Commit(id);
        Coordinator.End(id, Outcome.Committed);
        _world.ShouldFind(ViolationKind.CommitNotDelivered);
    }

    [Fact]
    public void I9_an_end_before_a_branch_rolled_back_is_found()
    {
        var id = _world.Prepared();
        A.RollBack(id);
        Coordinator.End(id, Outcome.Aborted);
        _world.ShouldFind(ViolationKind.RollbackNotDelivered);
    }

    [Fact]
    public void A_branch_is_found_also_where_its_participant_is_registered_under_another_name()
    {
        var world = new AuditWorld { A = new BankLog("first-bank", "1") };
        var id = world.Prepared();
        world.Coordinator.Commit(id);
        world.A.Commit(id);
        world.B.Commit(id);
        Assert.Equal(2, world.Audit().Sound);
    }

    [Fact]
    public void A_decision_that_is_written_while_the_participants_are_read_counts_for_them_and_not_against_them()
    {
        var id = _world.Prepared();
        var opens = 0;
        var findings = LogAudit.Run(
            Coordinator.Held,
            Coordinator.Number,
            [
                () =>
                {
                    if (opens++ == 0)
                    {
                        Coordinator.Commit(id);
                        A.Commit(id);
                        Coordinator.End(id, Outcome.Committed);
                    }

                    return A.Held();
                },
                B.Held,
            ]).Findings;

        Assert.Empty(findings.Violations);
        Assert.Equal(1, findings.Sound);
        Assert.Equal(1, findings.Unjudged[NotChecked.Unfinished]);
    }

    [Fact]
    public void What_is_not_over_is_not_checked()
    {
        _world.Prepared(1);
        Coordinator.Commit(_world.Prepared(2));
        A.Prepare(Coordinator.Id(3));
        _world.ShouldLeave(NotChecked.Unfinished, 5);
    }

    [Fact]
    public void A_one_phase_commit_before_its_decision_is_not_checked()
    {
        var id = Coordinator.Id(1);
        Coordinator.Add(new Begun(
            Coordinator.Now, id, new TransactionHeader { Opened = false, Deadline = Coordinator.Now }, [CoordinatorLog.Branch("1", "bank-a")]));
        Coordinator.Add(new OnePhaseStarted(Coordinator.Now, id, default));
        A.Add(new Core.Participation.Records.ParticipantRecord.Committed(
            new(id, "1"), new Timestamp(1), Timestamp.Zero, OnePhase: true, Vote.Yes, null, null));
        _world.ShouldLeave(NotChecked.Unfinished, 1);
    }

    [Fact]
    public void What_has_no_log_is_not_checked()
    {
        var id = _world.Prepared();
        Coordinator.Commit(id);
        A.Commit(id);
        var findings = _world.AuditWithoutB();
        Assert.Empty(findings.Violations);
        Assert.Equal(1, findings.Unjudged[NotChecked.NoLogGiven]);
        Assert.Equal(1, findings.Sound);
    }

    [Fact]
    public void I18_another_coordinators_transaction_is_not_checked()
    {
        var other = new TransactionId(Coordinator.Number ^ 1, CoordinatorLog.Nonce, 1);
        A.Prepare(other);
        A.Commit(other);
        _world.ShouldLeave(NotChecked.OtherCoordinator, 1);
    }

    [Fact]
    public void I12_what_a_person_settled_is_not_checked()
    {
        var id = _world.Prepared();
        Coordinator.Commit(id);
        A.Commit(id);
        Coordinator.Add(new BranchSettled(Coordinator.Now, id, 1, Settlement.Committed, "Ada", "it is gone"));
        Coordinator.End(id, Outcome.Committed);
        _world.ShouldLeave(NotChecked.SettledByHand, 1);
    }

    [Fact]
    public void On_a_restored_copy_what_the_original_may_have_done_is_not_checked()
    {
        A.Prepare(Coordinator.Id(1));
        A.Commit(Coordinator.Id(1));
        A.Prepare(Coordinator.Id(1, nonce: 99));
        A.Commit(Coordinator.Id(1, nonce: 99));
        Coordinator.Add(new EpochStarted(Coordinator.Now, 2, 8, Restored: true));
        _world.ShouldLeave(NotChecked.RestoredCopy, 2);
    }

    [Fact]
    public void A_rollback_of_an_unknown_epoch_is_not_checked()
    {
        A.RollBack(Coordinator.Id(1, nonce: 99));
        _world.ShouldLeave(NotChecked.UnknownEpoch, 1);
    }

    [Fact]
    public void What_the_coordinators_log_no_longer_holds_is_not_checked_and_what_it_must_hold_is()
    {
        var world = new AuditWorld { Coordinator = new CoordinatorLog(begun: false) };
        var checkpoint = world.Coordinator.Now;
        world.Coordinator.Add(new CheckpointStarted(checkpoint, 0));
        world.Coordinator.Add(new EpochKnown(checkpoint, 1, CoordinatorLog.Nonce, Restored: false, ForgottenUpTo: 4));
        world.Coordinator.Add(new CheckpointEnded(checkpoint));
        world.A.Prepare(world.Coordinator.Id(5), checkpoint.UnixMilliseconds);
        world.A.Commit(world.Coordinator.Id(5), checkpoint.UnixMilliseconds);
        world.ShouldLeave(NotChecked.BeyondRetention, 1);

        world.A.Prepare(world.Coordinator.Id(6), checkpoint.UnixMilliseconds + 1);
        world.A.Commit(world.Coordinator.Id(6), checkpoint.UnixMilliseconds + 1);
        Assert.Equal(ViolationKind.CommitWithoutDecision, Assert.Single(world.Audit().Violations).Kind);
    }

    [Fact]
    public void What_a_participants_log_no_longer_holds_is_not_checked_and_what_it_must_hold_is()
    {
        var world = new AuditWorld { A = new BankLog("bank-a", "1", begun: false) };
        var old = world.Coordinator.Begin(1);
        var mark = world.Coordinator.Now;
        world.A.Add(new Core.Participation.Records.ParticipantRecord.CheckpointStarted(
            world.A.Owner, [new Core.Participation.Records.EndedMark(world.Coordinator.Number, mark)]));
        world.A.Add(new Core.Participation.Records.ParticipantRecord.CheckpointEnded(0, 0));
        Decide(old);
        world.ShouldLeave(NotChecked.BeyondRetention, 1);

        Decide(world.Coordinator.Begin(2));
        Assert.Equal(ViolationKind.YesWithoutPromise, Assert.Single(world.Audit().Violations).Kind);

        void Decide(TransactionId id)
        {
            world.B.Prepare(id);
            world.Coordinator.Commit(id);
            world.B.Commit(id);
        }
    }
}
