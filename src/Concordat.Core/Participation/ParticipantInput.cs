namespace Concordat.Core.Participation;

/// <summary>Everything that can happen to a participant.</summary>
public abstract record ParticipantInput
{
    private ParticipantInput()
    {
    }

    /// <summary>A call of the coordinator about one branch.</summary>
    /// <param name="EndedBefore">Every transaction of this coordinator that was created before has ended.</param>
    public abstract record Call(Caller Caller, BranchKey Key, Timestamp EndedBefore) : ParticipantInput;

    public sealed record PrepareCalled(Caller Caller, BranchKey Key, Timestamp EndedBefore, BranchTerms Terms) : Call(Caller, Key, EndedBefore);

    /// <summary>Prepare and commit in one call: the answer decides the whole transaction.</summary>
    public sealed record OnePhaseCalled(Caller Caller, BranchKey Key, Timestamp EndedBefore, BranchTerms Terms) : Call(Caller, Key, EndedBefore);

    public sealed record CommitCalled(Caller Caller, BranchKey Key, Timestamp EndedBefore, string? Evidence) : Call(Caller, Key, EndedBefore);

    public sealed record RollbackCalled(Caller Caller, BranchKey Key, Timestamp EndedBefore, Timestamp CreatedAt, string? Evidence)
        : Call(Caller, Key, EndedBefore);

    /// <summary>The resource manager is done with what a <see cref="ParticipantEffect.Run"/> asked of it.</summary>
    public sealed record ResourceFinished(BranchKey Key, ResourceCall What, ResourceResult Result) : ParticipantInput;

    /// <summary>The end of an inquiry. Every <see cref="ParticipantEffect.Ask"/> gets exactly one.</summary>
    public sealed record InquiryAnswered(BranchKey Key, InquiryResult Result) : ParticipantInput;

    /// <summary>The resource manager changed its state by itself, outside any transaction, and the change is to be recorded.</summary>
    public sealed record LocallyChanged(Caller Caller, byte[] Change) : ParticipantInput;

    /// <summary>Time passed. Due when <see cref="ParticipantMachine.NextDue"/> says so.</summary>
    public sealed record Tick : ParticipantInput;
}

/// <summary>What a resource manager can be asked to do with a branch.</summary>
public enum ResourceCall
{
    Prepare = 1,
    Commit = 2,
    Rollback = 3,

    /// <summary>Prepare, and on a yes commit at once; only asked of one whose state is the participant's log.</summary>
    PrepareAndCommit = 4,
}

/// <summary>How the resource manager ended.</summary>
public abstract record ResourceResult
{
    private ResourceResult()
    {
    }

    /// <summary>The answer to a prepare. After a no or read-only the resource manager holds nothing of the branch.</summary>
    public sealed record Voted(Vote Vote, string? Reason = null, string? Evidence = null) : ResourceResult;

    /// <summary>Committed, or rolled back.</summary>
    public sealed record Done : ResourceResult;

    /// <summary>It knows that it does not have the branch, though it promised: a hazard.</summary>
    public sealed record NotHeld : ResourceResult;

    /// <summary>It threw. What it did is unknown; the call may be repeated.</summary>
    public sealed record Failed(string Text) : ResourceResult;
}

/// <summary>What an inquiry came back with. Only the first two are answers; all others leave the branch in doubt.</summary>
public enum InquiryResult
{
    Committed = 1,
    Aborted = 2,
    Pending = 3,

    /// <summary>The coordinator's log is older than the world: nobody is told anything final.</summary>
    LogBehind = 4,

    /// <summary>The coordinator that was asked did not issue this id.</summary>
    NotOurs = 5,
    Unreachable = 6,
}
