using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using static Concordat.Core.Participation.ParticipantInput;

namespace Concordat.Tests.Participation;

public sealed class InDoubtTests
{
    private readonly BranchKey _key = MachineRig.Key(1);
    private readonly TestCaller _caller = new("caller");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Within_ten_seconds_of_silence_or_of_a_restart_it_asks(bool restarted)
    {
        var rig = new MachineRig();
        rig.Prepared(_key);
        if (restarted)
        {
            rig.Restart();
        }

        var since = rig.Elapsed;
        rig.PassToNextDue().Asked();
        Assert.True(rig.Elapsed - since <= TimeSpan.FromSeconds(10), $"it asked after {rig.Elapsed - since}");
    }

    [Theory]
    [InlineData(InquiryResult.Pending)]
    [InlineData(InquiryResult.LogBehind)]
    [InlineData(InquiryResult.NotOurs)]
    [InlineData(InquiryResult.Unreachable)]
    public void I12_nothing_but_an_answer_settles_it_and_it_asks_for_ever_at_most_every_minute(InquiryResult result)
    {
        var rig = new MachineRig();
        rig.Prepared(_key);
        for (var i = 0; i < 200; i++)
        {
            var before = rig.Elapsed;
            rig.PassToNextDue().Asked();
            Assert.True(rig.Elapsed - before <= TimeSpan.FromSeconds(60), $"inquiry {i} came after {rig.Elapsed - before}");
            var effects = rig.Step(new InquiryAnswered(_key, result));
            effects.RanNothing();
            effects.AppendedNothing();
            Assert.Equal(1, rig.Machine.InDoubt);
        }

        Assert.True(rig.Elapsed > TimeSpan.FromMinutes(60));
    }

    [Theory]
    [InlineData(InquiryResult.Committed, ResourceCall.Commit)]
    [InlineData(InquiryResult.Aborted, ResourceCall.Rollback)]
    public void An_answer_ends_it(InquiryResult result, ResourceCall call)
    {
        var rig = new MachineRig();
        rig.Prepared(_key);
        rig.PassToNextDue();
        rig.Step(new InquiryAnswered(_key, result)).Ran(call);
        rig.Done(_key, call);
        Assert.Equal((0, 0), (rig.Machine.InDoubt, rig.Machine.LiveBranches));
        Assert.Null(rig.Machine.NextDue);
    }

    [Fact]
    public void I13_an_answer_after_the_commit_changes_nothing()
    {
        var rig = new MachineRig();
        rig.Prepared(_key);
        rig.PassToNextDue();
        rig.Commit(_key, _caller);
        rig.Done(_key, ResourceCall.Commit);
        var effects = rig.Step(new InquiryAnswered(_key, InquiryResult.Aborted));
        Assert.Empty(effects.All);
        rig.Commit(_key, _caller).Reply<Reply.Done>(_caller);
    }

    [Fact]
    public void Inquiries_on_their_way_are_bounded_and_the_others_follow()
    {
        var rig = new MachineRig(with: s => s with { MaxInquiries = 2 });
        for (ulong i = 1; i <= 5; i++)
        {
            rig.Prepared(MachineRig.Key(i));
        }

        var asked = rig.Pass(TimeSpan.FromSeconds(10)).All.OfType<ParticipantEffect.Ask>().ToList();
        Assert.Equal(2, asked.Count);
        var seen = new HashSet<BranchKey>(asked.Select(a => a.Key));
        var waiting = new Queue<BranchKey>(seen);
        while (waiting.TryDequeue(out var key))
        {
            foreach (var next in rig.Step(new InquiryAnswered(key, InquiryResult.Pending)).All.OfType<ParticipantEffect.Ask>())
            {
                seen.Add(next.Key);
                waiting.Enqueue(next.Key);
            }
        }

        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public void AC5_what_was_only_preparing_at_a_crash_is_undone_after_the_restart()
    {
        var rig = new MachineRig(ownStore: true);
        rig.Prepare(_key, _caller);
        rig.Restart();
        Assert.Equal(0, rig.Machine.InDoubt);
        rig.PassToNextDue().Ran(ResourceCall.Rollback);
        rig.Done(_key, ResourceCall.Rollback).Appended<ParticipantRecord.RolledBack>();
        rig.Prepare(_key, _caller).Reply<Reply.Refused>(_caller);
    }
}
