using Concordat.Core;
using Concordat.Core.Encoding;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using static Concordat.Core.Participation.Records.ParticipantRecord;

namespace Concordat.Tests.Participation;

public sealed class ReplayTests
{
    private static readonly BranchKey Key = MachineRig.Key(1);
    private readonly TestCaller _caller = new("caller");

    private static Preparing PreparingOf(BranchKey key) => new(key, MachineRig.Terms(), Timestamp.Zero, false);

    private static Prepared PreparedOf(BranchKey key) => new(key, MachineRig.Terms(), Timestamp.Zero, false, null);

    private static Committed CommittedOf(BranchKey key, bool onePhase = false, Vote vote = Vote.Yes) =>
        new(key, MachineRig.At(0), Timestamp.Zero, onePhase, vote, null, onePhase && vote == Vote.Yes ? [1, 2] : null);

    private static RolledBack RolledBackOf(BranchKey key) => new(key, MachineRig.At(0), Timestamp.Zero, "why");

    private static OfBranch RecordOf(string name) => name switch
    {
        "Preparing" => PreparingOf(Key),
        "Prepared" => PreparedOf(Key),
        "Committed" => CommittedOf(Key),
        "OnePhase" => CommittedOf(Key, onePhase: true),
        "OnePhaseReadOnly" => CommittedOf(Key, onePhase: true, Vote.ReadOnly),
        "RolledBack" => RolledBackOf(Key),
        "Left" => new Left(Key, Vote.No),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    // The whole table: what is known before, the record, and the calls that the resource manager gets again; null is impossible.
    public static TheoryData<bool, string[], string, string?> Table => new()
    {
        { false, [], "Preparing", null },
        { false, [], "Prepared", "prepare 1" },
        { false, [], "Committed", null },
        { false, [], "OnePhase", "prepare and commit 1" },
        { false, [], "OnePhaseReadOnly", "" },
        { false, [], "RolledBack", "" },
        { false, [], "Left", null },
        { false, ["Prepared"], "Preparing", null },
        { false, ["Prepared"], "Prepared", null },
        { false, ["Prepared"], "Committed", "prepare 1|commit 1" },
        { false, ["Prepared"], "RolledBack", "prepare 1|rollback 1" },
        { false, ["Prepared"], "Left", null },
        { false, ["Prepared", "Committed"], "Preparing", null },
        { false, ["Prepared", "Committed"], "Prepared", null },
        { false, ["Prepared", "Committed"], "Committed", null },
        { false, ["Prepared", "Committed"], "RolledBack", null },
        { false, ["Prepared", "Committed"], "Left", null },
        { false, ["RolledBack"], "Prepared", null },
        { false, ["RolledBack"], "Committed", null },
        { false, ["RolledBack"], "OnePhase", null },
        { false, ["RolledBack"], "RolledBack", null },
        { true, [], "Preparing", "" },
        { true, [], "Prepared", null },
        { true, [], "Committed", null },
        { true, [], "OnePhase", null },
        { true, [], "RolledBack", "" },
        { true, [], "Left", null },
        { true, ["Preparing"], "Preparing", null },
        { true, ["Preparing"], "Prepared", "" },
        { true, ["Preparing"], "Committed", null },
        { true, ["Preparing"], "OnePhaseReadOnly", "" },
        { true, ["Preparing"], "RolledBack", "" },
        { true, ["Preparing"], "Left", "" },
        { true, ["Preparing", "Prepared"], "Preparing", null },
        { true, ["Preparing", "Prepared"], "Prepared", null },
        { true, ["Preparing", "Prepared"], "Committed", "" },
        { true, ["Preparing", "Prepared"], "RolledBack", "" },
        { true, ["Preparing", "Prepared"], "Left", null },
        { true, ["Preparing", "Left"], "Preparing", "" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Bug11_every_record_either_follows_or_stops_the_start(bool ownStore, string[] before, string record, string? calls)
    {
        var rig = new MachineRig(ownStore);
        rig.Log.AddRange(before.Select(RecordOf));
        rig.Log.Add(RecordOf(record));
        if (calls is null)
        {
            Assert.Contains(Key.ToString(), Assert.Throws<ParticipantHistoryException>(() => rig.Restart()).Message);
        }
        else
        {
            Assert.Equal(calls, string.Join('|', rig.Restart().Calls));
        }
    }

    [Fact]
    public void A_prepared_branch_survives_a_restart_with_its_vote_and_its_terms()
    {
        var rig = new MachineRig();
        rig.Prepare(Key, _caller);
        rig.Yes(Key, "evidence");
        rig.Restart();
        Assert.Equal((1, 1), (rig.Machine.LiveBranches, rig.Machine.InDoubt));
        Assert.Equal(new Reply.Voted(Vote.Yes, null, "evidence"), rig.Prepare(Key, _caller).AnswerTo(_caller).Reply);
        var run = rig.Commit(Key, _caller).Ran(ResourceCall.Commit);
        Assert.Equal(MachineRig.Terms().Operations, run.Terms.Operations);
        Assert.Equal(0ul, run.After);
    }

    [Fact]
    public void EndedBefore_survives_a_restart()
    {
        var rig = new MachineRig();
        rig.Rollback(MachineRig.Key(2), _caller, createdAt: 50, endedBefore: 40);
        rig.Restart();
        rig.Prepare(Key, _caller, createdAt: 30).Reply<Reply.Refused>(_caller);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_checkpoint_holds_everything_that_a_restart_needs(bool ownStore)
    {
        var rig = new MachineRig(ownStore);
        rig.Committed(MachineRig.Key(1), createdAt: 45);
        rig.Rollback(MachineRig.Key(2), _caller, createdAt: 50, endedBefore: 40);
        rig.Prepared(MachineRig.Key(3), createdAt: 51);
        if (ownStore)
        {
            rig.Prepare(MachineRig.Key(4), _caller, createdAt: 52);
        }

        // Everything before the checkpoint is gone, as when older segments were removed.
        rig.Log.Clear();
        rig.Log.AddRange(rig.Machine.Checkpoint(rig.Owner(1), ownStore ? [] : [[1, 2, 3], [4]]).Select(MachineRig.ThroughBytes));
        var calls = rig.Restart();
        Assert.Equal(ownStore ? [] : ["load 3,1"], calls.Calls);
        Assert.Equal((ownStore ? 2 : 1, 1, 2), (rig.Machine.LiveBranches, rig.Machine.InDoubt, rig.Machine.Remembered));
        rig.Commit(MachineRig.Key(1), _caller).Reply<Reply.Done>(_caller);
        rig.Prepare(MachineRig.Key(2), _caller, createdAt: 50).Reply<Reply.Refused>(_caller);
        rig.Prepare(MachineRig.Key(5), _caller, createdAt: 39).Reply<Reply.Refused>(_caller);
        rig.Commit(MachineRig.Key(3), _caller).Ran(ResourceCall.Commit);
    }

    [Fact]
    public void A_checkpoint_amid_the_log_replaces_what_was_before_it()
    {
        var rig = new MachineRig();
        rig.Prepared(Key);
        rig.Log.AddRange(rig.Machine.Checkpoint(rig.Owner(1), [[9]]).Select(MachineRig.ThroughBytes));
        rig.Commit(Key, _caller);
        rig.Done(Key, ResourceCall.Commit);
        Assert.Equal(["prepare 1", "load 1", "commit 1"], rig.Restart().Calls);
        rig.Commit(Key, _caller).Reply<Reply.Done>(_caller);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_checkpoint_cut_short_counts_for_nothing(int records)
    {
        var rig = new MachineRig();
        rig.Prepared(Key);
        rig.Log.AddRange(rig.Machine.Checkpoint(rig.Owner(1), [[9]]).Take(records).Select(MachineRig.ThroughBytes));
        Assert.Equal(["prepare 1"], rig.Restart().Calls);
        rig.Commit(Key, _caller);
        rig.Done(Key, ResourceCall.Commit);
        Assert.Equal(["prepare 1", "commit 1"], rig.Restart().Calls);
    }

    [Fact]
    public void A_log_that_begins_in_the_middle_without_a_checkpoint_stops_the_start()
    {
        var rig = new MachineRig();
        rig.Prepared(Key);
        rig.Log.RemoveAt(0);
        Assert.Throws<ParticipantHistoryException>(() => rig.Restart());
    }

    [Fact]
    public void A_checkpoint_that_does_not_add_up_stops_the_start()
    {
        var rig = new MachineRig();
        rig.Prepared(Key);
        var records = rig.Machine.Checkpoint(rig.Owner(1), [[9]]).ToList();
        records.RemoveAt(1);
        rig.Log.AddRange(records);
        Assert.Throws<ParticipantHistoryException>(() => rig.Restart());
    }

    [Fact]
    public void Another_participants_log_stops_the_start()
    {
        var replay = new ParticipantReplay(
            new ParticipantMachine(new ParticipantSettings { HasOwnStore = false }, new SplitMix64(1)), new LogOwner("me", false, 0), null);
        var e = Assert.Throws<ParticipantHistoryException>(() => replay.Take(new Opened(new LogOwner("you", false, 1))));
        Assert.Contains("'you'", e.Message);
        Assert.Contains("'me'", e.Message);
    }

    [Fact]
    public void Records_of_an_unknown_version_or_type_or_length_are_no_records()
    {
        var writer = new RecordWriter();
        var type = (byte)ParticipantRecordCodec.Write(PreparedOf(Key), writer);
        var good = writer.Written.ToArray();
        Assert.Throws<RecordFormatException>(() => ParticipantRecordCodec.Read(200, good));
        Assert.Throws<RecordFormatException>(() => ParticipantRecordCodec.Read(type, [2, .. good[1..]]));
        Assert.Throws<RecordFormatException>(() => ParticipantRecordCodec.Read(type, [.. good, 0]));
        for (var length = 0; length < good.Length; length++)
        {
            Assert.Throws<RecordFormatException>(() => ParticipantRecordCodec.Read(type, good.AsSpan(0, length)));
        }
    }
}
