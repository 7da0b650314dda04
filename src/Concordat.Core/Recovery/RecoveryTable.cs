namespace Concordat.Core.Recovery;

/// <summary>What to do with a transaction that the log shows, after a restart.</summary>
public enum RecoveryAction
{
    /// <summary>Unknown: whoever asks is told that it aborted.</summary>
    PresumeAbort,

    /// <summary>Abort: rollback to every branch until acknowledged.</summary>
    Abort,

    /// <summary>One phase: ask the same again until the participant answers; its answer is the outcome.</summary>
    AskAgain,

    /// <summary>Commit to every yes branch until acknowledged.</summary>
    FinishCommit,

    /// <summary>Rollback to every branch until acknowledged.</summary>
    FinishAbort,
    History,

    /// <summary>No run of the protocol leaves this: refuse to start and name the records.</summary>
    Impossible,
}

/// <summary>What the log shows of one transaction.</summary>
/// <param name="Decisions">How many decisions.</param>
/// <param name="Decision">The last of them.</param>
/// <param name="DecisionsDiffer">Whether two of them differ.</param>
public readonly record struct LogFacts(bool Begun, bool OnePhase, int Decisions, Outcome? Decision, bool DecisionsDiffer, Outcome? End);

/// <summary>
/// Recovery as a table over what the log shows. Acknowledgements are not logged, so whatever is decided and has no end is
/// sent again to everybody: all messages are idempotent.
/// </summary>
public static class RecoveryTable
{
    public static RecoveryAction Decide(LogFacts facts) => facts switch
    {
        // Two decisions are written by no run, equal or not; a decision or an end needs a begin.
        { Decisions: > 1 } or { DecisionsDiffer: true } => RecoveryAction.Impossible,
        { Begun: false, OnePhase: false, Decision: null, End: null } => RecoveryAction.PresumeAbort,
        { Begun: false } => RecoveryAction.Impossible,

        // History must agree with its decision; a commit is always decided on record, an abort need not be.
        { End: { } end, Decision: { } decision } => end == decision ? RecoveryAction.History : RecoveryAction.Impossible,
        { End: Outcome.Committed } => RecoveryAction.Impossible,
        { End: Outcome.Aborted } => RecoveryAction.History,

        { Decision: Outcome.Committed } => RecoveryAction.FinishCommit,
        { Decision: Outcome.Aborted } => RecoveryAction.FinishAbort,
        { OnePhase: true } => RecoveryAction.AskAgain,
        _ => RecoveryAction.Abort,
    };
}
