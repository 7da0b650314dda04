using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using Concordat.Core.Records;
using Concordat.Core.Sagas;

namespace Concordat.Simulation;

internal enum Role
{
    Coordinator,
    Participant,
}

/// <summary>What a process does at a crash point; the detail says to what.</summary>
internal enum Act
{
    /// <summary>An input is about to be stepped.</summary>
    Step,
    Send,
    Answer,
    Inquire,
    Resource,
    Write,
    Sync,
    Create,
    Delete,
    SyncDirectory,
    Open,
    Read,
    List,
    Lock,
    Erase,

    /// <summary>A service does what a step of a saga asks for.</summary>
    Serve,
}

/// <summary>
/// A named point between two effects of a process, where it can be killed. Whatever happens in memory between two of them leaves no
/// trace, so a kill there is a kill at the next point.
/// </summary>
internal readonly record struct CrashPoint(int Code)
{
    /// <summary>Codes are below this.</summary>
    internal const int Codes = 2 * 2 * Acts * Details * 2;

    private const int Acts = 16;
    private const int Details = 64;

    private static readonly string[] _inputs =
    [
        nameof(BeginInput), nameof(EnlistInput), nameof(CommitInput), nameof(RollbackInput), nameof(GetInput), nameof(ListInput), nameof(InquiryInput),
        nameof(ResolveInput), nameof(PutParticipantInput), nameof(RemoveParticipantInput), nameof(GetParticipantInput), "vote", "acknowledgement", "failed call",
        "nothing (time)", nameof(LockInput), nameof(BeginSagaInput), nameof(GetSagaInput), nameof(ListSagasInput), nameof(CancelSagaInput), nameof(ResumeSagaInput),
        nameof(RetryStepInput), nameof(ResolveStepInput), "a step's answer",
    ];

    private static readonly string[] _participantInputs = ["prepare", "one phase", "commit", "rollback", "resource's answer", "inquiry's answer", "other work"];

    internal CrashPoint(Role role, bool recovering, Act act, int detail, bool after)
        : this((((((((int)role * 2) + (recovering ? 1 : 0)) * Acts) + (int)act) * Details) + detail) * 2 + (after ? 1 : 0))
    {
    }

    internal bool IsAfter => (Code & 1) == 1;

    internal Role Role => (Role)(Code / (2 * Details * Acts * 2));

    internal bool IsInSync => Act == Act.Sync && !IsAfter;

    internal bool IsRecovering => Code / (2 * Details * Acts) % 2 == 1;

    internal Act Act => (Act)(Code / (2 * Details) % Acts);

    private int Detail => Code / 2 % Details;

    public override string ToString() =>
        $"{(Role == Role.Coordinator ? "coordinator" : "participant")}{(IsRecovering ? ", recovering" : "")}: {(IsAfter ? "after" : "before")} {What}";

    private string What => Act switch
    {
        Act.Step => $"the step of {(Role == Role.Coordinator ? _inputs[Detail] : _participantInputs[Detail])}",
        Act.Send => $"sending {(Detail < SendStep ? ((CallKind)Detail).ToString() : ((StepPhase)(Detail - SendStep)).ToString()).ToLowerInvariant()}",
        Act.Answer when Role == Role.Coordinator => $"answering {Answers[Detail]}",
        Act.Answer => $"answering {_participantAnswers[Detail]}",
        Act.Serve => $"the service's {((StepPhase)Detail).ToString().ToLowerInvariant()}",
        Act.Inquire => "asking for the outcome",
        Act.Resource => $"the resource's {((ResourceCall)Detail).ToString().ToLowerInvariant()}",
        Act.Write => $"writing {RecordName}",
        Act.Sync => $"syncing {RecordName}",
        Act.Erase => "erasing a torn tail",
        Act.SyncDirectory => "syncing the directory",
        var act => act switch
        {
            Act.Create => "creating a segment",
            Act.Delete => "deleting a segment",
            Act.Open => "opening a segment",
            Act.Read => "reading a segment",
            Act.List => "listing the directory",
            _ => "taking the lock",
        },
    };

    private string RecordName => Detail switch
    {
        0 => "nothing",
        LogWitness.MarkDetail => "a mark",
        LogWitness.HeaderDetail => "a segment's header",
        _ when Role == Role.Coordinator => ((RecordType)Detail).ToString(),
        _ => ((ParticipantRecordType)Detail).ToString(),
    };

    internal static readonly string[] Answers = ["a transaction", "a branch", "a list", "an inquiry", "a participant", "participants", "a removal", "a problem", "a lock", "a saga", "sagas"];

    private static readonly string[] _participantAnswers = ["yes", "no", "read-only", "done", "refused", "conflict", "not held", "too early", "full", "failed"];

    /// <summary>Behind the kinds of calls of branches.</summary>
    internal const int SendStep = 8;

    internal static int DetailOf(Input? input) => input switch
    {
        BeginSagaInput => 16,
        GetSagaInput => 17,
        ListSagasInput => 18,
        CancelSagaInput => 19,
        ResumeSagaInput => 20,
        RetryStepInput => 21,
        ResolveStepInput => 22,
        CallEnded { Result: StepDone or StepRefused } => 23,
        BeginInput => 0,
        EnlistInput => 1,
        CommitInput => 2,
        RollbackInput => 3,
        GetInput => 4,
        ListInput => 5,
        InquiryInput => 6,
        ResolveInput => 7,
        PutParticipantInput => 8,
        RemoveParticipantInput => 9,
        GetParticipantInput => 10,
        CallEnded { Result: Voted or Rejected } => 11,
        CallEnded { Result: Core.Done or NeverHeardOf } => 12,
        CallEnded => 13,
        LockInput => 15,
        _ => 14,
    };

    internal static int DetailOf(ParticipantInput? input) => input switch
    {
        ParticipantInput.PrepareCalled => 0,
        ParticipantInput.OnePhaseCalled => 1,
        ParticipantInput.CommitCalled => 2,
        ParticipantInput.RollbackCalled => 3,
        ParticipantInput.ResourceFinished => 4,
        ParticipantInput.InquiryAnswered => 5,
        _ => 6,
    };

    internal static int DetailOf(Core.Participation.Reply reply) => reply switch
    {
        Core.Participation.Reply.Voted { Vote: Vote.Yes } => 0,
        Core.Participation.Reply.Voted { Vote: Vote.No } => 1,
        Core.Participation.Reply.Voted => 2,
        Core.Participation.Reply.Done => 3,
        Core.Participation.Reply.Refused => 4,
        Core.Participation.Reply.Conflict => 5,
        Core.Participation.Reply.NotHeld => 6,
        Core.Participation.Reply.TooEarly => 7,
        Core.Participation.Reply.Full => 8,
        _ => 9,
    };
}
