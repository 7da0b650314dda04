using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;

namespace Concordat.Tests.Participation;

public sealed class OnePhaseTests
{
    private readonly BranchKey _key = MachineRig.Key(1);
    private readonly TestCaller _caller = new("caller");

    [Fact]
    public void One_record_with_the_operations_is_durable_before_the_answer()
    {
        var rig = new MachineRig();
        rig.OnePhase(_key, _caller).Ran(ResourceCall.PrepareAndCommit);
        var effects = rig.Finish(_key, ResourceCall.PrepareAndCommit, new ResourceResult.Voted(Vote.Yes));
        var append = effects.Appended<ParticipantRecord.Committed>();
        Assert.NotNull(((ParticipantRecord.Committed)append.Record).Operations);
        Assert.Equal(append.Number, effects.AnswerTo(_caller).After);
        Assert.Equal(Vote.Yes, effects.Reply<Reply.Voted>(_caller).Vote);
    }

    [Fact]
    public void A_no_for_want_of_room_binds_a_duplicate_that_comes_when_there_is_room_again()
    {
        var rig = new MachineRig();
        rig.Machine.SetRoom(LogBudget.OutcomeBytes);
        var effects = rig.OnePhase(_key, _caller);
        effects.RanNothing();
        Assert.Equal(Vote.No, effects.Reply<Reply.Voted>(_caller).Vote);
        Assert.Equal(effects.Appended<ParticipantRecord.RolledBack>().Number, effects.AnswerTo(_caller).After);

        rig.Restart();
        rig.Machine.SetRoom(100 * LogBudget.OutcomeBytes);
        effects = rig.OnePhase(_key, _caller);
        effects.RanNothing();
        Assert.Equal(Vote.No, effects.Reply<Reply.Voted>(_caller).Vote);
    }

    [Fact]
    public void Without_room_to_remember_a_no_none_is_given()
    {
        var rig = new MachineRig();
        rig.Machine.SetRoom(LogBudget.OutcomeBytes - 1);
        var effects = rig.OnePhase(_key, _caller);
        effects.RanNothing();
        effects.Reply<Reply.Full>(_caller);
    }

    [Theory]
    [InlineData(Vote.Yes, false)]
    [InlineData(Vote.No, false)]
    [InlineData(Vote.ReadOnly, false)]
    [InlineData(Vote.Yes, true)]
    [InlineData(Vote.No, true)]
    [InlineData(Vote.ReadOnly, true)]
    public void Bug5_a_repetition_answers_the_same_and_runs_nothing_also_after_a_restart(Vote vote, bool ownStore)
    {
        var rig = new MachineRig(ownStore);
        rig.OnePhase(_key, _caller);
        var what = ownStore ? ResourceCall.Prepare : ResourceCall.PrepareAndCommit;
        rig.Finish(_key, what, new ResourceResult.Voted(vote, vote == Vote.No ? "because" : null));
        if (ownStore && vote == Vote.Yes)
        {
            rig.Done(_key, ResourceCall.Commit);
        }

        for (var i = 0; i < 2; i++)
        {
            var effects = rig.OnePhase(_key, _caller);
            effects.RanNothing();
            Assert.Equal(vote, effects.Reply<Reply.Voted>(_caller).Vote);
            rig.Restart();
        }
    }

    [Fact]
    public void A_failed_attempt_that_nobody_repeats_is_undone_and_the_answer_is_no_from_then_on()
    {
        var rig = new MachineRig(ownStore: true);
        rig.OnePhase(_key, _caller);
        rig.Finish(_key, ResourceCall.Prepare, new ResourceResult.Failed("down")).Reply<Reply.Failed>(_caller);
        rig.OnePhase(_key, _caller).Ran(ResourceCall.Prepare);
        rig.Pass(TimeSpan.FromMinutes(10)).RanNothing();
        rig.Finish(_key, ResourceCall.Prepare, new ResourceResult.Failed("down"));
        rig.Pass(TimeSpan.FromMinutes(4)).RanNothing();
        rig.PassToNextDue().Ran(ResourceCall.Rollback);
        rig.Done(_key, ResourceCall.Rollback).Appended<ParticipantRecord.RolledBack>();
        Assert.Equal(0, rig.Machine.LiveBranches);

        var effects = rig.OnePhase(_key, _caller);
        effects.RanNothing();
        Assert.Equal(Vote.No, effects.Reply<Reply.Voted>(_caller).Vote);
    }

    [Fact]
    public void With_an_own_store_the_promise_is_durable_before_the_commit_and_a_restart_goes_on()
    {
        var rig = new MachineRig(ownStore: true);
        rig.OnePhase(_key, _caller);
        var effects = rig.Yes(_key);
        Assert.Equal(effects.Appended<ParticipantRecord.Prepared>().Number, effects.Ran(ResourceCall.Commit).After);
        effects.AnsweredNobody();

        rig.Restart();
        rig.PassToNextDue().Ran(ResourceCall.Commit);
        rig.OnePhase(_key, _caller).AnsweredNobody();
        Assert.Equal(Vote.Yes, rig.Done(_key, ResourceCall.Commit).Reply<Reply.Voted>(_caller).Vote);
    }

    [Fact]
    public void With_an_own_store_a_crash_before_the_promise_is_a_no()
    {
        var rig = new MachineRig(ownStore: true);
        rig.OnePhase(_key, _caller);
        rig.Restart();
        rig.PassToNextDue().Ran(ResourceCall.Rollback);
        rig.OnePhase(_key, _caller).AnsweredNobody();
        Assert.Equal(Vote.No, rig.Done(_key, ResourceCall.Rollback).Reply<Reply.Voted>(_caller).Vote);
    }

    [Fact]
    public void A_one_phase_call_for_a_rolled_back_branch_is_a_no()
    {
        var rig = new MachineRig();
        rig.Rollback(_key, _caller);
        Assert.Equal(Vote.No, rig.OnePhase(_key, _caller).Reply<Reply.Voted>(_caller).Vote);
    }
}
