using Concordat.Cli.Checking;
using Concordat.Cli.Tests.Support;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using Concordat.Core.Records;

namespace Concordat.Cli.Tests.Checking;

/// <summary>What contradicts itself within one log.</summary>
public sealed class OneLogTests
{
    private readonly AuditWorld _world = new();

    private CoordinatorLog Coordinator => _world.Coordinator;

    private BankLog A => _world.A;

    /// <summary>An aborted transaction whose branches are gone: nothing else to be found about it.</summary>
    private TransactionId Aborted()
    {
        var id = _world.Prepared();
        A.RollBack(id);
        _world.B.RollBack(id);
        return id;
    }

    [Fact]
    public void A_second_promise_is_found()
    {
        var id = _world.Prepared();
        A.Prepare(id);
        _world.ShouldFind(ViolationKind.PreparedTwice);
    }

    [Fact]
    public void A_promise_after_the_outcome_is_found()
    {
        A.Prepare(Aborted());
        _world.ShouldFind(ViolationKind.PreparedAfterOutcome);
    }

    [Fact]
    public void A_second_outcome_is_found()
    {
        A.RollBack(Aborted());
        _world.ShouldFind(ViolationKind.OutcomeTwice);
    }

    [Fact]
    public void AC2_an_outcome_that_changes_at_a_participant_is_found()
    {
        A.Commit(Aborted());
        _world.ShouldFind(ViolationKind.OutcomeChanged);
    }

    [Fact]
    public void A_two_phase_commit_without_a_promise_is_found()
    {
        var id = Coordinator.Begin(1);
        Coordinator.Commit(id, 0);
        A.Commit(id);
        _world.ShouldFind(ViolationKind.CommittedUnprepared);
    }

    [Fact]
    public void I12_a_promise_that_a_checkpoint_leaves_out_is_found()
    {
        _world.Prepared();
        A.Add(new ParticipantRecord.CheckpointStarted(A.Owner, []));
        A.Add(new ParticipantRecord.CheckpointEnded(0, 0));
        _world.ShouldFind(ViolationKind.PromiseLost);
    }

    [Fact]
    public void A_checkpoint_that_was_cut_short_loses_nothing()
    {
        _world.Prepared();
        A.Add(new ParticipantRecord.CheckpointStarted(A.Owner, []));
        A.Add(new ParticipantRecord.Opened(A.Owner with { Run = 2 }));
        _world.ShouldLeave(NotChecked.Unfinished, 2);
    }

    [Fact]
    public void AC2_a_checkpoint_that_has_another_outcome_is_found()
    {
        var id = Aborted();
        A.Add(new ParticipantRecord.CheckpointStarted(A.Owner, []));
        A.Add(A.Committed(id));
        A.Add(new ParticipantRecord.CheckpointEnded(1, 0));
        _world.ShouldFind(ViolationKind.OutcomeChanged);
    }

    [Fact]
    public void A_checkpoint_repeats_what_is_known_and_is_no_second_promise()
    {
        var id = _world.Prepared();
        A.Add(new ParticipantRecord.CheckpointStarted(A.Owner, []));
        A.Add(A.Prepared(id));
        A.Add(new ParticipantRecord.CheckpointEnded(1, 0));
        _world.ShouldLeave(NotChecked.Unfinished, 2);
    }

    [Fact]
    public void I11_an_id_that_begins_twice_is_found()
    {
        Coordinator.Begin(1);
        Coordinator.Begin(1);
        _world.ShouldFind(ViolationKind.BegunTwice);
    }

    [Fact]
    public void A_decision_about_nothing_is_found()
    {
        Coordinator.Abort(Coordinator.Id(1));
        _world.ShouldFind(ViolationKind.NeverBegun);
    }

    private void Lock(TransactionId id, string key, LockMode mode, long token) => Coordinator.Add(new Locked(Coordinator.Now, id, [new HeldLock(key, mode, token)]));

    [Theory]
    [InlineData(LockMode.Exclusive, LockMode.Exclusive)]
    [InlineData(LockMode.Shared, LockMode.Exclusive)]
    [InlineData(LockMode.Exclusive, LockMode.Shared)]
    public void I17_a_key_that_two_hold_at_once_is_found(LockMode first, LockMode second)
    {
        Coordinator.Add(new TokensReserved(Coordinator.Now, 10));
        var (one, two) = (Coordinator.Begin(1), Coordinator.Begin(2));
        Lock(one, "a", first, 1);
        Lock(two, "a", second, 2);
        _world.ShouldFind(ViolationKind.LockHeldTwice);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 1)]
    [InlineData(1, 11)]
    public void A_token_that_does_not_rise_or_was_not_reserved_is_found(long first, long second)
    {
        Coordinator.Add(new TokensReserved(Coordinator.Now, 10));
        var (one, two) = (Coordinator.Begin(1), Coordinator.Begin(2));
        Lock(one, "a", LockMode.Exclusive, first);
        Lock(two, "b", LockMode.Exclusive, second);
        _world.ShouldFind(ViolationKind.TokenNotRising);
    }

    [Fact]
    public void Locks_that_are_shared_upgraded_and_passed_on_are_in_order()
    {
        Coordinator.Add(new TokensReserved(Coordinator.Now, 10));
        var (one, two, three) = (Coordinator.Begin(1), Coordinator.Begin(2), Coordinator.Begin(3));
        Lock(one, "a", LockMode.Shared, 1);
        Lock(two, "a", LockMode.Shared, 2);
        Coordinator.Abort(one);
        Coordinator.End(one, Outcome.Aborted);
        Lock(two, "a", LockMode.Exclusive, 3);
        Coordinator.Abort(two);
        Coordinator.End(two, Outcome.Aborted);
        Lock(three, "a", LockMode.Exclusive, 4);
        _world.ShouldFindNothing();
    }

    [Fact]
    public void A_second_decision_is_found()
    {
        var id = Coordinator.Begin(1);
        Coordinator.Abort(id);
        Coordinator.Abort(id);
        _world.ShouldFind(ViolationKind.DecidedTwice);
    }

    [Fact]
    public void AC2_a_decision_that_changes_is_found()
    {
        var id = Coordinator.Begin(1);
        Coordinator.Abort(id);
        Coordinator.Commit(id);
        _world.ShouldFind(ViolationKind.OutcomeChanged);
    }

    [Fact]
    public void AC2_an_end_that_is_not_what_was_decided_is_found()
    {
        var id = Coordinator.Begin(1);
        Coordinator.Abort(id);
        Coordinator.End(id, Outcome.Committed);
        _world.ShouldFind(ViolationKind.OutcomeChanged);
    }

    [Fact]
    public void I6_an_end_as_committed_without_a_decision_is_found()
    {
        var id = Coordinator.Begin(1);
        Coordinator.End(id, Outcome.Committed);
        _world.ShouldFind(ViolationKind.EndedWithoutDecision);
    }

    [Fact]
    public void A_second_end_is_found()
    {
        var id = Coordinator.Begin(1);
        Coordinator.End(id, Outcome.Aborted);
        Coordinator.End(id, Outcome.Aborted);
        _world.ShouldFind(ViolationKind.EndedTwice);
    }

    [Fact]
    public void AC3_a_decision_that_counts_a_branch_that_is_not_there_is_found()
    {
        var id = _world.Prepared();
        Coordinator.Commit(id, 0, 1, 2);
        _world.ShouldFind(ViolationKind.DecisionOfNoBranch);
    }

    [Fact]
    public void A_record_that_cannot_be_read_is_found()
    {
        Coordinator.AddRaw((byte)RecordType.Decided, [1, 2, 3]);
        _world.ShouldFind(ViolationKind.RecordUnreadable);
    }

    [Fact]
    public void I16_damage_is_found_and_what_is_missing_there_is_not_held_against_anybody()
    {
        var id = _world.Prepared();
        Coordinator.Commit(id);
        Coordinator.End(id, Outcome.Committed);
        A.Commit(id);
        _world.B.Commit(id);
        var name = A.Storage.Snapshot().Keys.Order(StringComparer.Ordinal).First();
        var bytes = A.Storage.Snapshot()[name];
        bytes[160] ^= 1;
        A.Storage.Plant(name, bytes);

        var findings = _world.Audit();

        Assert.Equal(ViolationKind.LogDamaged, Assert.Single(findings.Violations).Kind);
        Assert.Equal(2, findings.Sound);
    }

    [Fact]
    public void I16_what_a_damaged_log_lacks_is_not_checked()
    {
        var id = _world.Prepared();
        Coordinator.Commit(id);
        _world.B.Commit(id);
        A.RollBack(Coordinator.Id(2));
        var name = A.Storage.Snapshot().Keys.Order(StringComparer.Ordinal).First();
        var bytes = A.Storage.Snapshot()[name];
        bytes[160] ^= 1;
        A.Storage.Plant(name, bytes);

        var findings = _world.Audit();

        Assert.Equal(ViolationKind.LogDamaged, Assert.Single(findings.Violations).Kind);
        Assert.Equal(1, findings.Unjudged[NotChecked.LogDamaged]);
    }

    [Fact]
    public void I16_a_torn_tail_is_no_violation()
    {
        _world.Prepared();
        var name = A.Storage.Snapshot().Keys.Order(StringComparer.Ordinal).First();
        var bytes = A.Storage.Snapshot()[name];
        bytes[Array.FindLastIndex(bytes, b => b != 0)] ^= 1;
        A.Storage.Plant(name, bytes);
        Assert.Empty(_world.Audit().Violations);
    }
}
