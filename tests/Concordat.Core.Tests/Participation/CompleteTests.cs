using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;

namespace Concordat.Tests.Participation;

public sealed class CompleteTests
{
    private readonly BranchKey _key = MachineRig.Key(1);
    private readonly TestCaller _caller = new("caller");

    [Fact]
    public void I8_the_acknowledgement_waits_for_the_committed_record()
    {
        var rig = new MachineRig();
        rig.Prepared(_key);
        rig.Commit(_key, _caller).Ran(ResourceCall.Commit);
        var effects = rig.Done(_key, ResourceCall.Commit);
        Assert.Equal(effects.Appended<ParticipantRecord.Committed>().Number, effects.AnswerTo(_caller).After);
        effects.Reply<Reply.Done>(_caller);
    }

    [Fact]
    public void I8_the_acknowledgement_of_a_rollback_waits_for_its_tombstone()
    {
        var rig = new MachineRig();
        rig.Prepared(_key);
        rig.Rollback(_key, _caller).Ran(ResourceCall.Rollback);
        var effects = rig.Done(_key, ResourceCall.Rollback);
        Assert.Equal(effects.Appended<ParticipantRecord.RolledBack>().Number, effects.AnswerTo(_caller).After);
    }

    [Fact]
    public void Bug4_a_participant_without_memory_does_not_acknowledge_a_commit()
    {
        var rig = new MachineRig();
        rig.Prepared(_key);
        rig.Restart(records: 1);
        var effects = rig.Commit(_key, _caller);
        effects.RanNothing();
        effects.AppendedNothing();
        effects.Reply<Reply.NotHeld>(_caller);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bug5_a_repeated_commit_is_acknowledged_and_not_applied_again(bool restarted)
    {
        var rig = new MachineRig();
        rig.Committed(_key);
        if (restarted)
        {
            rig.Restart();
        }

        var effects = rig.Commit(_key, _caller);
        effects.RanNothing();
        effects.AppendedNothing();
        effects.Reply<Reply.Done>(_caller);
    }

    [Fact]
    public void Bug5_a_commit_repeated_before_its_record_is_durable_waits_for_that_record()
    {
        var rig = new MachineRig();
        rig.Prepared(_key);
        rig.Commit(_key, _caller);
        var record = rig.Done(_key, ResourceCall.Commit).Appended<ParticipantRecord.Committed>().Number;
        Assert.Equal(record, rig.Commit(_key, _caller).AnswerTo(_caller).After);
    }

    [Fact]
    public void A_commit_repeated_while_it_runs_is_answered_with_the_first()
    {
        var rig = new MachineRig(ownStore: true);
        var again = new TestCaller("again");
        rig.Prepared(_key);
        rig.Commit(_key, _caller);
        rig.Commit(_key, again).RanNothing();
        var effects = rig.Done(_key, ResourceCall.Commit);
        effects.Reply<Reply.Done>(_caller);
        effects.Reply<Reply.Done>(again);
    }

    [Fact]
    public void Bug6_an_empty_rollback_is_done_and_remembered()
    {
        var rig = new MachineRig();
        var effects = rig.Rollback(_key, _caller);
        effects.RanNothing();
        Assert.Equal(effects.Appended<ParticipantRecord.RolledBack>().Number, effects.AnswerTo(_caller).After);
        var again = rig.Rollback(_key, _caller);
        again.AppendedNothing();
        again.Reply<Reply.Done>(_caller);
    }

    [Fact]
    public void A_commit_before_the_vote_is_too_early()
    {
        var rig = new MachineRig(ownStore: true);
        rig.Prepare(_key, _caller);
        rig.Commit(_key, _caller).Reply<Reply.TooEarly>(_caller);
    }

    [Fact]
    public void AC2_a_committed_branch_does_not_acknowledge_a_rollback_nor_a_rolled_back_one_a_commit()
    {
        var rig = new MachineRig();
        rig.Committed(_key);
        var other = MachineRig.Key(2);
        rig.Rollback(other, _caller);
        rig.Rollback(_key, _caller).Reply<Reply.Conflict>(_caller);
        rig.Commit(other, _caller).Reply<Reply.NotHeld>(_caller);
    }

    [Fact]
    public void A_resource_manager_that_fails_to_commit_is_asked_again_by_time_and_by_the_next_call()
    {
        var rig = new MachineRig(ownStore: true);
        rig.Prepared(_key);
        rig.Commit(_key, _caller);
        rig.Finish(_key, ResourceCall.Commit, new ResourceResult.Failed("down")).Reply<Reply.Failed>(_caller);
        rig.PassToNextDue().Ran(ResourceCall.Commit);
        rig.Finish(_key, ResourceCall.Commit, new ResourceResult.Failed("down"));
        rig.Commit(_key, _caller).Ran(ResourceCall.Commit);
        rig.Done(_key, ResourceCall.Commit).Reply<Reply.Done>(_caller);
        Assert.Null(rig.Machine.NextDue);
    }

    [Fact]
    public void A_resource_manager_that_lost_a_promised_branch_is_a_hazard_and_is_still_asked()
    {
        var rig = new MachineRig(ownStore: true);
        rig.Prepared(_key);
        rig.Commit(_key, _caller);
        rig.Finish(_key, ResourceCall.Commit, new ResourceResult.NotHeld()).Reply<Reply.NotHeld>(_caller);
        rig.Commit(_key, _caller).Ran(ResourceCall.Commit);
        rig.Done(_key, ResourceCall.Commit).Reply<Reply.Done>(_caller);
    }

    [Fact]
    public void A_rollback_of_what_the_store_does_not_have_is_done()
    {
        var rig = new MachineRig(ownStore: true);
        rig.Prepared(_key);
        rig.Rollback(_key, _caller);
        rig.Finish(_key, ResourceCall.Rollback, new ResourceResult.NotHeld()).Reply<Reply.Done>(_caller);
    }

    [Fact]
    public void Tombstones_go_when_endedBefore_has_passed_their_creation_and_not_before()
    {
        var rig = new MachineRig();
        rig.Committed(_key, createdAt: 10);
        rig.Rollback(MachineRig.Key(2), _caller, createdAt: 20, endedBefore: 10);
        Assert.Equal(2, rig.Machine.Remembered);
        rig.Rollback(MachineRig.Key(3), _caller, createdAt: 30, endedBefore: 10.001);
        Assert.Equal(2, rig.Machine.Remembered);
        rig.Prepare(_key, _caller, createdAt: 10).Reply<Reply.Refused>(_caller);
        rig.Commit(_key, _caller).Reply<Reply.NotHeld>(_caller);
    }

    [Fact]
    public void EndedBefore_never_falls()
    {
        var rig = new MachineRig();
        rig.Rollback(MachineRig.Key(2), _caller, createdAt: 50, endedBefore: 40);
        rig.Rollback(MachineRig.Key(3), _caller, createdAt: 50, endedBefore: 5);
        rig.Prepare(_key, _caller, createdAt: 30).Reply<Reply.Refused>(_caller);
    }

    [Fact]
    public void A_late_rollback_of_an_age_that_has_ended_is_done_and_leaves_nothing()
    {
        var rig = new MachineRig();
        var effects = rig.Rollback(_key, _caller, createdAt: 10, endedBefore: 20);
        effects.AppendedNothing();
        effects.Reply<Reply.Done>(_caller);
        Assert.Equal(0, rig.Machine.Remembered);
    }

    [Fact]
    public void Too_many_remembered_branches_are_overload()
    {
        var rig = new MachineRig(with: s => s with { MaxRemembered = 2, MaxBranches = 1 });
        rig.Rollback(MachineRig.Key(1), _caller);
        rig.Rollback(MachineRig.Key(2), _caller);
        rig.Prepare(MachineRig.Key(3), _caller).Reply<Reply.Full>(_caller);
        rig.Rollback(MachineRig.Key(3), _caller).Reply<Reply.Done>(_caller);
        rig.Rollback(MachineRig.Key(4), _caller).Reply<Reply.Full>(_caller);
        rig.Rollback(MachineRig.Key(1), _caller).Reply<Reply.Done>(_caller);
    }

    [Fact]
    public void A_rollback_after_a_no_is_remembered_durably()
    {
        var rig = new MachineRig();
        rig.Prepare(_key, _caller);
        rig.Finish(_key, ResourceCall.Prepare, new ResourceResult.Voted(Vote.No));
        rig.Rollback(_key, _caller).Appended<ParticipantRecord.RolledBack>();
        rig.Restart();
        rig.Prepare(_key, _caller).Reply<Reply.Refused>(_caller);
    }
}
