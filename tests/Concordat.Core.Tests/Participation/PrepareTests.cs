using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;

namespace Concordat.Tests.Participation;

public sealed class PrepareTests
{
    private readonly BranchKey _key = MachineRig.Key(1);
    private readonly TestCaller _caller = new("caller");

    [Fact]
    public void I7_the_yes_waits_for_the_prepared_record()
    {
        var rig = new MachineRig();
        rig.Prepare(_key, _caller).Ran(ResourceCall.Prepare);
        var effects = rig.Yes(_key, "evidence");
        var append = effects.Appended<ParticipantRecord.Prepared>();
        Assert.True(append.Force);
        var answer = effects.AnswerTo(_caller);
        Assert.Equal(append.Number, answer.After);
        Assert.Equal(new Reply.Voted(Vote.Yes, null, "evidence"), answer.Reply);
    }

    [Fact]
    public void I7_a_resource_manager_with_its_own_store_is_asked_after_the_preparing_record()
    {
        var rig = new MachineRig(ownStore: true);
        var effects = rig.Prepare(_key, _caller);
        Assert.Equal(effects.Appended<ParticipantRecord.Preparing>().Number, effects.Ran(ResourceCall.Prepare).After);
    }

    [Fact]
    public void I13_a_repeated_prepare_waits_for_the_handler_and_gets_the_same_vote()
    {
        var rig = new MachineRig(ownStore: true);
        var again = new TestCaller("again");
        rig.Prepare(_key, _caller);
        var second = rig.Prepare(_key, again);
        second.RanNothing();
        second.AnsweredNobody();
        var effects = rig.Yes(_key);
        Assert.Equal(effects.AnswerTo(_caller).Reply, effects.AnswerTo(again).Reply);
        Assert.Equal(effects.AnswerTo(_caller).After, effects.AnswerTo(again).After);
    }

    [Theory]
    [InlineData(Vote.Yes)]
    [InlineData(Vote.No)]
    [InlineData(Vote.ReadOnly)]
    public void I13_a_prepare_repeated_after_the_vote_gets_the_same_vote_and_runs_nothing(Vote vote)
    {
        var rig = new MachineRig();
        rig.Prepare(_key, _caller);
        var first = rig.Finish(_key, ResourceCall.Prepare, new ResourceResult.Voted(vote, "because")).Reply<Reply.Voted>(_caller);
        var again = new TestCaller("again");
        var effects = rig.Prepare(_key, again);
        effects.RanNothing();
        Assert.Equal(first, effects.Reply<Reply.Voted>(again));
    }

    [Theory]
    [InlineData(Vote.No)]
    [InlineData(Vote.ReadOnly)]
    public void A_no_and_a_read_only_vote_need_no_record(Vote vote)
    {
        var rig = new MachineRig();
        rig.Prepare(_key, _caller);
        rig.Finish(_key, ResourceCall.Prepare, new ResourceResult.Voted(vote)).AppendedNothing();
        Assert.Equal(0, rig.Machine.LiveBranches);
        Assert.Null(rig.Machine.NextDue);
    }

    [Fact]
    public void Bug6_a_prepare_after_its_rollback_is_refused_also_after_a_restart()
    {
        var rig = new MachineRig();
        rig.Rollback(_key, _caller);
        var late = new TestCaller("late");
        var effects = rig.Prepare(_key, late);
        effects.RanNothing();
        effects.Reply<Reply.Refused>(late);

        rig.Restart();
        effects = rig.Prepare(_key, late);
        effects.RanNothing();
        effects.Reply<Reply.Refused>(late);
    }

    [Fact]
    public void Bug6_a_prepare_created_before_the_highest_endedBefore_is_refused()
    {
        var rig = new MachineRig();
        rig.Rollback(MachineRig.Key(9), _caller, createdAt: 50, endedBefore: 40);
        var effects = rig.Prepare(_key, _caller, createdAt: 39.999);
        effects.RanNothing();
        effects.Reply<Reply.Refused>(_caller);
        rig.Prepare(MachineRig.Key(2), _caller, createdAt: 40).Ran(ResourceCall.Prepare);
    }

    [Fact]
    public void EndedBefore_of_one_coordinator_says_nothing_about_another()
    {
        var rig = new MachineRig();
        rig.Rollback(MachineRig.Key(9), _caller, createdAt: 50, endedBefore: 40);
        rig.Prepare(MachineRig.Key(1, coordinator: 8), _caller, createdAt: 10).Ran(ResourceCall.Prepare);
    }

    [Fact]
    public void Bug6_a_prepare_long_after_its_deadline_is_refused_and_one_shortly_after_it_is_not()
    {
        var rig = new MachineRig();
        rig.Pass(TimeSpan.FromSeconds(60 + 300));
        rig.Prepare(_key, _caller, deadline: 60).Ran(ResourceCall.Prepare);
        rig.Pass(TimeSpan.FromSeconds(0.001));
        rig.Prepare(MachineRig.Key(2), _caller, deadline: 60).Reply<Reply.Refused>(_caller);
    }

    [Fact]
    public void Rollback_while_the_handler_runs_takes_effect_after_it_and_never_leaves_it_prepared()
    {
        var rig = new MachineRig(ownStore: true);
        var rollback = new TestCaller("rollback");
        rig.Prepare(_key, _caller);
        var during = rig.Rollback(_key, rollback);
        during.RanNothing();
        during.AnsweredNobody();

        var voted = rig.Yes(_key);
        voted.AppendedNothing();
        voted.Ran(ResourceCall.Rollback);
        voted.Reply<Reply.Refused>(_caller);

        var done = rig.Done(_key, ResourceCall.Rollback);
        Assert.Equal(done.Appended<ParticipantRecord.RolledBack>().Number, done.AnswerTo(rollback).After);
        done.Reply<Reply.Done>(rollback);
        Assert.Equal(0, rig.Machine.LiveBranches);
    }

    [Fact]
    public void A_failed_prepare_may_be_repeated_and_runs_again()
    {
        var rig = new MachineRig(ownStore: true);
        rig.Prepare(_key, _caller);
        rig.Finish(_key, ResourceCall.Prepare, new ResourceResult.Failed("down")).Reply<Reply.Failed>(_caller);
        rig.Prepare(_key, _caller).Ran(ResourceCall.Prepare);
        rig.Yes(_key).Reply<Reply.Voted>(_caller);
    }

    [Fact]
    public void A_failed_prepare_that_nobody_repeats_is_undone_after_its_deadline()
    {
        var rig = new MachineRig(ownStore: true);
        rig.Prepare(_key, _caller, deadline: 60);
        rig.Finish(_key, ResourceCall.Prepare, new ResourceResult.Failed("down"));
        rig.Pass(TimeSpan.FromSeconds(60)).RanNothing();
        rig.PassToNextDue().Ran(ResourceCall.Rollback);
        rig.Done(_key, ResourceCall.Rollback).Appended<ParticipantRecord.RolledBack>();
        Assert.Null(rig.Machine.NextDue);
    }

    [Fact]
    public void Too_many_branches_are_overload_and_change_nothing()
    {
        var rig = new MachineRig(with: s => s with { MaxBranches = 1 });
        rig.Prepared(_key);
        var effects = rig.Prepare(MachineRig.Key(2), _caller);
        effects.RanNothing();
        effects.Reply<Reply.Full>(_caller);
        Assert.Equal(1, rig.Machine.LiveBranches);
    }

    [Fact]
    public void A_branch_takes_a_bounded_number_of_callers()
    {
        var rig = new MachineRig(ownStore: true, s => s with { MaxCallersPerBranch = 2 });
        rig.Prepare(_key, _caller);
        rig.Prepare(_key, new TestCaller("second"));
        rig.Prepare(_key, _caller).Reply<Reply.Full>(_caller);
    }

    [Fact]
    public void A_full_log_votes_no_and_what_is_prepared_still_ends()
    {
        var rig = new MachineRig();
        rig.Machine.SetRoom(4 * LogBudget.OutcomeBytes);
        rig.Prepared(_key);
        rig.Machine.SetRoom(LogBudget.OutcomeBytes);
        var effects = rig.Prepare(MachineRig.Key(2), _caller);
        effects.RanNothing();
        Assert.Equal(Vote.No, effects.Reply<Reply.Voted>(_caller).Vote);
        rig.Rollback(MachineRig.Key(3), _caller).Reply<Reply.Full>(_caller);

        rig.Commit(_key, _caller).Ran(ResourceCall.Commit);
        rig.Done(_key, ResourceCall.Commit).Reply<Reply.Done>(_caller);
        Assert.True(rig.Machine.FreeBytes >= 0, $"{rig.Machine.FreeBytes} bytes are free: an outcome took more than its reserve");
    }

    [Fact]
    public void A_vote_that_nobody_asked_for_is_a_broken_invariant()
    {
        var rig = new MachineRig();
        Assert.Throws<ParticipantInvariantException>(() => rig.Yes(_key));
        rig.Prepared(_key);
        Assert.Throws<ParticipantInvariantException>(() => rig.Yes(_key));
    }
}
