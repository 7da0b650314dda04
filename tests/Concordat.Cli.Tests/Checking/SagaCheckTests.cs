using Concordat.Cli.Checking;
using Concordat.Cli.Tests.Support;
using Concordat.Core;
using Concordat.Core.Records;
using Concordat.Core.Sagas;

namespace Concordat.Cli.Tests.Checking;

/// <summary>What the records of a saga say that cannot have been.</summary>
public sealed class SagaCheckTests
{
    private readonly AuditWorld _world = new();

    private CoordinatorLog Log => _world.Coordinator;

    /// <summary>Two steps, the second after the first.</summary>
    private TransactionId Saga(bool firstIsDone = true)
    {
        var id = Log.BeginSaga(1, "one", "two");
        if (firstIsDone)
        {
            Log.StartStep(id, 0);
            Log.EndStep(id, 0, StepEnd.Done);
        }

        return id;
    }

    private TransactionId Turned()
    {
        var id = Saga();
        Log.StartStep(id, 1);
        Log.EndStep(id, 1, StepEnd.Failed);
        return id;
    }

    private void Turn(TransactionId id) => Log.Add(new SagaTurned(Log.Now, id, SagaReasonCode.Cancelled, null));

    private void Checkpoint(params SagaRecord[] records)
    {
        Log.Add(new CheckpointStarted(Log.Now, 0));
        foreach (var record in records)
        {
            Log.Add(new SagaRemembered(Log.Now, record));
        }

        Log.Add(new CheckpointEnded(Log.Now));
    }

    [Fact]
    public void Sagas_that_complete_compensate_and_go_on_are_in_order()
    {
        var completed = Saga();
        Log.StartStep(completed, 1);
        Log.EndStep(completed, 1, StepEnd.Done);
        Log.EndSaga(completed);

        var compensated = Log.BeginSaga(2, "one", "two", "three");
        Log.StartStep(compensated, 0);
        Log.EndStep(compensated, 0, StepEnd.Done);
        Log.StartStep(compensated, 1);
        Turn(compensated);
        Log.EndStep(compensated, 1, StepEnd.Refused);
        Log.UndoStep(compensated, 0);
        Log.EndSaga(compensated);

        Log.StartStep(Log.BeginSaga(3, "one"), 0);
        _world.ShouldFindNothing();
        var sagas = LogAudit.Run(Log.Held, Log.Number, []).Coordinator.Taker.Sagas;
        Assert.Equal((1, 1, 1), (sagas.Count(SagaOutcome.Completed), sagas.Count(SagaOutcome.Compensated), sagas.Count(null)));
    }

    [Fact]
    public void A_saga_that_ends_before_its_steps_are_done_is_found()
    {
        Log.EndSaga(Saga());
        _world.ShouldFind(ViolationKind.SagaEndedEarly);
    }

    [Fact]
    public void A_saga_that_ends_before_its_steps_are_undone_is_found()
    {
        var id = Turned();
        Log.UndoStep(id, 1);
        Log.EndSaga(id);
        _world.ShouldFind(ViolationKind.SagaEndedEarly);
    }

    [Fact]
    public void A_step_undone_without_a_turn_is_found()
    {
        Log.UndoStep(Saga(), 0);
        _world.ShouldFind(ViolationKind.UndoneOutOfOrder);
    }

    [Fact]
    public void A_step_undone_before_those_behind_it_is_found()
    {
        Log.UndoStep(Turned(), 0);
        _world.ShouldFind(ViolationKind.UndoneOutOfOrder);
    }

    [Fact]
    public void A_step_undone_while_one_behind_it_runs_is_found()
    {
        var id = Saga();
        Log.StartStep(id, 1);
        Turn(id);
        Log.UndoStep(id, 0);
        _world.ShouldFind(ViolationKind.UndoneOutOfOrder);
    }

    [Fact]
    public void A_step_undone_twice_or_that_did_nothing_is_found()
    {
        var id = Turned();
        Log.UndoStep(id, 1);
        Log.UndoStep(id, 1);
        _world.ShouldFind(ViolationKind.UndoneOutOfOrder);

        var other = new SagaCheckTests();
        var refused = other.Saga();
        other.Log.StartStep(refused, 1);
        other.Log.EndStep(refused, 1, StepEnd.Refused);
        other.Log.UndoStep(refused, 1);
        other._world.ShouldFind(ViolationKind.UndoneOutOfOrder);
    }

    [Fact]
    public void A_step_that_starts_before_those_it_follows_are_done_is_found()
    {
        Log.StartStep(Saga(firstIsDone: false), 1);
        _world.ShouldFind(ViolationKind.StepOutOfOrder);
    }

    [Fact]
    public void A_step_that_starts_after_the_turn_is_found()
    {
        var id = Saga();
        Turn(id);
        Log.StartStep(id, 1);
        _world.ShouldFind(ViolationKind.StepOutOfOrder);
    }

    [Fact]
    public void A_call_that_starts_twice_or_a_step_that_ends_twice_is_found()
    {
        Log.StartStep(Saga(), 0);
        _world.ShouldFind(ViolationKind.StepOutOfOrder);

        var other = new SagaCheckTests();
        other.Log.EndStep(other.Saga(), 0, StepEnd.Done);
        other._world.ShouldFind(ViolationKind.StepOutOfOrder);
    }

    [Fact]
    public void A_place_that_no_step_has_is_found()
    {
        Log.StartStep(Saga(), 2);
        _world.ShouldFind(ViolationKind.StepOutOfOrder);
    }

    [Fact]
    public void A_second_end_and_a_record_after_the_end_are_found()
    {
        var id = Saga(firstIsDone: false);
        Turn(id);
        Log.EndSaga(id);
        Log.EndSaga(id);
        _world.ShouldFind(ViolationKind.EndedTwice);

        var other = new SagaCheckTests();
        id = other.Saga(firstIsDone: false);
        other.Turn(id);
        other.Log.EndSaga(id);
        other.Turn(id);
        other._world.ShouldFind(ViolationKind.AfterTheEnd);
    }

    [Fact]
    public void A_saga_that_never_began_or_begins_twice_is_found()
    {
        Log.StartStep(Log.Id(9), 0);
        _world.ShouldFind(ViolationKind.NeverBegun);

        var other = new SagaCheckTests();
        other.Saga(firstIsDone: false);
        other.Saga(firstIsDone: false);
        other._world.ShouldFind(ViolationKind.BegunTwice);

        var third = new SagaCheckTests();
        third.Log.Begin(1);
        third.Saga(firstIsDone: false);
        third._world.ShouldFind(ViolationKind.BegunTwice);
    }

    [Theory]
    [InlineData(StepEnd.Done, false)]
    [InlineData(StepEnd.Failed, true)]
    public void A_step_that_is_not_as_its_transaction_is_found(StepEnd end, bool commits)
    {
        var (saga, work) = (Saga(), Log.Id(2));
        Log.StartStep(saga, 1, work);
        Log.Begin(2);
        if (commits)
        {
            Log.Commit(work);
        }

        Log.EndStep(saga, 1, end);
        Assert.Contains(_world.Audit().Violations, violation => violation.Kind == ViolationKind.StepNotAsDecided);
    }

    [Fact]
    public void A_step_that_is_tried_again_though_its_transaction_has_committed_is_found()
    {
        var saga = Saga();
        Log.StartStep(saga, 1, Log.Id(2));
        Log.Begin(2);
        Log.StartStep(saga, 1, Log.Id(3));
        _world.ShouldFindNothing();
        Log.Begin(3);
        Log.Commit(Log.Id(3));
        Log.StartStep(saga, 1, Log.Id(4));
        Assert.Contains(_world.Audit().Violations, violation => violation.Kind == ViolationKind.StepNotAsDecided);
    }

    [Fact]
    public void A_step_whose_compensation_has_not_committed_is_found_unless_a_person_undid_it()
    {
        var saga = Turned();
        Log.Add(new StepStarted(Log.Now, saga, 1, StepPhase.Compensation, Log.Id(2)));
        Log.Begin(2);
        Log.Add(new StepUndone(Log.Now, saga, 1, 1, "olga", "by phone"));
        _world.ShouldFindNothing();
        Log.Add(new StepStarted(Log.Now, saga, 0, StepPhase.Compensation, Log.Id(3)));
        Log.Begin(3);
        Log.UndoStep(saga, 0);
        _world.ShouldFind(ViolationKind.StepNotAsDecided);
    }

    [Fact]
    public void A_checkpoint_that_leaves_out_a_saga_or_a_record_of_it_is_found()
    {
        var saga = Log.BeginSaga(1, "one");
        var begun = new SagaBegun(Log.Now, saga, Log.Now, null, new SagaSpec { Timeout = TimeSpan.Zero, Steps = [] });
        Checkpoint(begun);
        _world.ShouldFindNothing();
        Log.StartStep(saga, 0);
        Checkpoint(begun);
        _world.ShouldFind(ViolationKind.SagaNotRemembered);
    }

    [Fact]
    public void A_step_of_a_restored_copy_that_starts_before_anybody_said_so_is_found()
    {
        var saga = Saga();
        Log.Add(new EpochStarted(Log.Now, 2, CoordinatorLog.Nonce + 1, Restored: true));
        Log.StartStep(saga, 1);
        _world.ShouldFind(ViolationKind.StepOutOfOrder);

        var other = new SagaCheckTests();
        saga = other.Saga();
        other.Log.Add(new EpochStarted(other.Log.Now, 2, CoordinatorLog.Nonce + 1, Restored: true));
        other.Log.Add(new SagaResumed(other.Log.Now, saga));
        other.Log.StartStep(saga, 1);
        other._world.ShouldFindNothing();
    }

    [Fact]
    public void A_log_that_begins_with_a_checkpoint_knows_its_sagas_and_not_the_transactions_that_are_gone()
    {
        var log = new CoordinatorLog(begun: false);
        var world = new AuditWorld { Coordinator = log };
        var id = log.Id(1);
        var step = new StepSpec("pay", new StepTransaction([]), null, null, 5, new Backoff(TimeSpan.Zero, TimeSpan.Zero));
        log.Add(new CheckpointStarted(log.Now, 0));
        log.Add(new EpochKnown(log.Now, 1, CoordinatorLog.Nonce, Restored: false, 1));
        log.Add(new SagaRemembered(log.Now, new SagaBegun(log.Now, id, log.Now, null, new SagaSpec { Timeout = TimeSpan.Zero, Steps = [step] })));
        log.Add(new SagaRemembered(log.Now, new StepStarted(log.Now, id, 0, StepPhase.Action, log.Id(2))));
        log.Add(new SagaRemembered(log.Now, new StepEnded(log.Now, id, 0, StepEnd.Done, true, 1, default, null)));
        log.Add(new CheckpointEnded(log.Now));
        log.EndSaga(id);
        world.ShouldFindNothing();
        log.EndSaga(id);
        world.ShouldFind(ViolationKind.EndedTwice);
    }

    [Fact]
    public void What_a_checkpoint_of_a_restored_copy_repeats_was_done_before_it_and_what_comes_behind_it_was_not()
    {
        var log = new CoordinatorLog(begun: false);
        var world = new AuditWorld { Coordinator = log };
        var id = log.Id(1);
        var step = new StepSpec("one", new StepCall("a", "/do", default), null, [], 5, new Backoff(TimeSpan.Zero, TimeSpan.Zero));
        log.Add(new CheckpointStarted(log.Now, 0));
        log.Add(new EpochKnown(log.Now, 1, CoordinatorLog.Nonce, Restored: true, 0));
        log.Add(new EpochKnown(log.Now, 2, CoordinatorLog.Nonce + 1, Restored: false, 0));
        log.Add(new SagaRemembered(log.Now, new SagaBegun(log.Now, id, log.Now, null, new SagaSpec { Timeout = TimeSpan.Zero, Steps = [step, step with { Name = "two" }] })));
        log.Add(new SagaRemembered(log.Now, new StepStarted(log.Now, id, 0, StepPhase.Action, null)));
        log.Add(new CheckpointEnded(log.Now));
        world.ShouldFindNothing();
        log.StartStep(id, 1);
        world.ShouldFind(ViolationKind.StepOutOfOrder);
    }

    [Fact]
    public void I16_behind_damage_nothing_is_concluded_of_sagas()
    {
        var id = Saga();
        Log.StartStep(id, 1);
        Log.EndSaga(Log.Id(7));
        var name = Log.Storage.Snapshot().Keys.Order(StringComparer.Ordinal).First();
        var bytes = Log.Storage.Snapshot()[name];
        bytes[200] ^= 1;
        Log.Storage.Plant(name, bytes);
        Assert.Equal(ViolationKind.LogDamaged, Assert.Single(_world.Audit().Violations).Kind);
    }
}
