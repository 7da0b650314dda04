using Concordat.Core;
using Concordat.Core.Encoding;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using static Concordat.Core.Participation.ParticipantEffect;
using static Concordat.Core.Participation.ParticipantInput;

namespace Concordat.Tests.Participation;

/// <summary>A participant machine, its log, and its time, all in the hand of the test.</summary>
internal sealed class MachineRig
{
    public const ulong Coordinator = 7;
    private static readonly Timestamp Epoch = new(1_800_000_000_000);
    private readonly ParticipantSettings _settings;
    private readonly List<ParticipantEffect> _new = [];

    public MachineRig(bool ownStore = false, Func<ParticipantSettings, ParticipantSettings>? with = null)
    {
        _settings = (with ?? (s => s))(new ParticipantSettings { HasOwnStore = ownStore });
        Machine = new ParticipantMachine(_settings, new SplitMix64(1));
        Log.Add(new ParticipantRecord.Opened(Owner(1)));
    }

    public ParticipantMachine Machine { get; private set; }

    /// <summary>Every record, as it went through its bytes.</summary>
    public List<ParticipantRecord> Log { get; } = [];

    public TimeSpan Elapsed { get; private set; }

    public Now Now => new(Elapsed, Epoch + Elapsed);

    public LogOwner Owner(ulong run) => new("bank", _settings.HasOwnStore, run);

    public static Timestamp At(double seconds) => Epoch + TimeSpan.FromSeconds(seconds);

    public static BranchKey Key(ulong counter, string branch = "1", ulong coordinator = Coordinator) => new(new TransactionId(coordinator, 3, counter), branch);

    public static BranchTerms Terms(double createdAt = 0, double? deadline = 60) => new()
    {
        CreatedAt = At(createdAt),
        Deadline = deadline is { } d ? At(d) : null,
        InquiryUrl = "http://c/outcome",
        Operations = "[]"u8.ToArray(),
    };

    /// <summary>Steps, and returns what follows from it.</summary>
    public Effects Step(ParticipantInput input)
    {
        _new.Clear();
        Machine.Step(input, Now, _new);
        foreach (var append in _new.OfType<Append>())
        {
            Log.Add(ThroughBytes(append.Record));
        }

        return new Effects([.. _new]);
    }

    public Effects Prepare(BranchKey key, TestCaller caller, double createdAt = 0, double endedBefore = 0, double deadline = 60) =>
        Step(new PrepareCalled(caller, key, At(endedBefore), Terms(createdAt, deadline)));

    public Effects OnePhase(BranchKey key, TestCaller caller, double createdAt = 0, double endedBefore = 0) =>
        Step(new OnePhaseCalled(caller, key, At(endedBefore), Terms(createdAt, null)));

    public Effects Commit(BranchKey key, TestCaller caller, double endedBefore = 0) => Step(new CommitCalled(caller, key, At(endedBefore), null));

    public Effects Rollback(BranchKey key, TestCaller caller, double createdAt = 0, double endedBefore = 0) =>
        Step(new RollbackCalled(caller, key, At(endedBefore), At(createdAt), null));

    public Effects Finish(BranchKey key, ResourceCall what, ResourceResult result) => Step(new ResourceFinished(key, what, result));

    public Effects Yes(BranchKey key, string? evidence = null) =>
        Finish(key, ResourceCall.Prepare, new ResourceResult.Voted(Vote.Yes, null, evidence));

    public Effects Done(BranchKey key, ResourceCall what) => Finish(key, what, new ResourceResult.Done());

    /// <summary>Prepares with a yes.</summary>
    public Effects Prepared(BranchKey key, double createdAt = 0)
    {
        Prepare(key, new TestCaller("prepare"), createdAt);
        return Yes(key);
    }

    /// <summary>Prepares and commits.</summary>
    public void Committed(BranchKey key, double createdAt = 0)
    {
        Prepared(key, createdAt);
        Commit(key, new TestCaller("commit"));
        Done(key, ResourceCall.Commit);
    }

    public Effects Pass(TimeSpan time)
    {
        Elapsed += time;
        return Step(new Tick());
    }

    /// <summary>Lets time pass until something is due.</summary>
    public Effects PassToNextDue()
    {
        var due = Machine.NextDue ?? throw new InvalidOperationException("nothing is due");
        return Pass(due > Elapsed ? due - Elapsed : TimeSpan.Zero);
    }

    /// <summary>A new machine from the first so many records.</summary>
    public ReplayedCalls Restart(int? records = null)
    {
        var calls = new ReplayedCalls();
        var machine = new ParticipantMachine(_settings, new SplitMix64(2));
        var replay = new ParticipantReplay(machine, Owner(0), _settings.HasOwnStore ? null : calls);
        if (records is { } kept)
        {
            Log.RemoveRange(kept, Log.Count - kept);
        }

        foreach (var record in Log)
        {
            replay.Take(record);
        }

        replay.End();
        Log.Add(new ParticipantRecord.Opened(Owner(replay.LastRun + 1)));
        machine.Recovered(Now);
        Machine = machine;
        return calls;
    }

    public static ParticipantRecord ThroughBytes(ParticipantRecord record)
    {
        var writer = new RecordWriter();
        var type = ParticipantRecordCodec.Write(record, writer);
        return ParticipantRecordCodec.Read((byte)type, writer.Written);
    }
}

internal sealed class TestCaller(string name) : Caller
{
    public override string ToString() => name;
}

/// <summary>What a step led to.</summary>
internal sealed class Effects(IReadOnlyList<ParticipantEffect> all)
{
    public IReadOnlyList<ParticipantEffect> All => all;

    public Answer AnswerTo(Caller caller) => Assert.Single(all.OfType<Answer>(), a => a.Caller == caller);

    public T Reply<T>(Caller caller)
        where T : Reply => Assert.IsType<T>(AnswerTo(caller).Reply);

    public Append Appended<T>()
        where T : ParticipantRecord
    {
        var append = Assert.Single(all.OfType<Append>());
        Assert.IsType<T>(append.Record);
        return append;
    }

    public Run Ran(ResourceCall what)
    {
        var run = Assert.Single(all.OfType<Run>());
        Assert.Equal(what, run.What);
        return run;
    }

    public Ask Asked() => Assert.Single(all.OfType<Ask>());

    public void RanNothing() => Assert.Empty(all.OfType<Run>());

    public void AppendedNothing() => Assert.Empty(all.OfType<Append>());

    public void AnsweredNobody() => Assert.Empty(all.OfType<Answer>());
}

internal sealed class ReplayedCalls : IReplayedResource
{
    public List<string> Calls { get; } = [];

    public void Prepare(BranchKey key, BranchTerms terms) => Calls.Add($"prepare {key.Transaction.Counter}");

    public void Commit(BranchKey key, BranchTerms terms) => Calls.Add($"commit {key.Transaction.Counter}");

    public void Rollback(BranchKey key, BranchTerms terms) => Calls.Add($"rollback {key.Transaction.Counter}");

    public void PrepareAndCommit(BranchKey key, BranchTerms terms) => Calls.Add($"prepare and commit {key.Transaction.Counter}");

    public void Apply(ReadOnlySpan<byte> change) => Calls.Add($"apply {change.Length}");

    public void Load(IReadOnlyList<byte[]> pieces) => Calls.Add($"load {string.Join(',', pieces.Select(p => p.Length))}");
}
