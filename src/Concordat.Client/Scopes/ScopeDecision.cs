using Microsoft.Extensions.Logging;

namespace Concordat.Client;

/// <summary>
/// Asks for a scope's outcome until it is known. All that the drivers hold is prepared when it begins, so from here on only an outcome counts: they undo their
/// branches after anything else, and the commit may be durable by then.
/// <code>
/// answer to the commit                what it proves                                        what is done
/// committed, aborted                  the outcome                                           the end
/// already-aborted                     aborted; or begun before a restart, not durable,      the end: aborted
///                                     and nothing of that age was ever forgotten
/// forgotten                           ended and past the retention, or never durable        the end, without an outcome (1)
/// log-behind, unknown-transaction     not the coordinator, or not the log, that began it    ask on: only a person can bring the right one back
/// unknown-participant                 a resource was removed; not decided by this request   register again, ask on
/// any other problem                   not decided by this request, nor by its repetition    roll back: that answer is the outcome, or ask on (2)
/// 503, 401, nothing, nonsense         nothing                                               ask on
/// </code>
/// (1) Ended, as committed, means that a listing of each resource, begun after the decision, showed nothing of the transaction prepared any more; aborted, or never
/// durable, means that what is prepared is to be rolled back. So the drivers may roll back whatever they still find, which is what they do in doubt, and nothing that
/// was committed can be undone by it. Which of both it was nobody can say, and the application is told just that. It takes a wait longer than the retention.
/// (2) A commit whose answer was lost may still be on its way, so a refusal of the next one is not yet an abort. An answer to a rollback is: an outcome never changes.
/// </summary>
internal sealed class ScopeDecision(ScopeCalls calls, RegisteredResources resources, WaitingScopes waiting, Func<int, TimeSpan> backoff, ILogger logger)
{
    /// <summary>Whatever the coordinator asks for: it may be gone, and another be there.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>Never throws, and returns with the ending only. It asks on the thread that it is called on, which has to wait in any case.</summary>
    public ScopeEnding Make(JoinedScope scope)
    {
        if (Ask(scope, out var none) is { } ending)
        {
            return ending;
        }

        waiting.Add(scope.Id);
        string? said = null;
        for (var attempts = 1; ; attempts++)
        {
            if (!string.Equals(none.Why, said, StringComparison.Ordinal))
            {
                ScopeLogMessages.Waits(logger, scope.Id, said = none.Why);
            }

            Pause(none.RetryAfter ?? backoff(attempts));
            if (Ask(scope, out none) is { } known)
            {
                var waited = waiting.Remove(scope.Id);
                ScopeLogMessages.WaitedFor(logger, scope.Id, waited.TotalSeconds, known.GetType().Name);
                return known;
            }
        }
    }

    private ScopeEnding? Ask(JoinedScope scope, out ScopeAnswer.None none)
    {
        none = new("it is not decided yet", null);
        switch (calls.Commit(scope))
        {
            case ScopeAnswer.Document { Value: { Outcome: not null } decided }:
                return EndingOf(decided);
            case ScopeAnswer.Refused { Problem: var problem }:
                none = new(problem.Text, null);
                return EndingOf(scope, problem);
            case ScopeAnswer.None nothing:
                none = nothing;
                return null;
            default:
                return null;
        }
    }

    private ScopeEnding? EndingOf(JoinedScope scope, Problem problem)
    {
        switch (problem.Type)
        {
            case "/problems/already-aborted":
                return new ScopeEnding.Aborted(new TransactionRolledBackException(problem.Text, ReasonOf(scope.Id)) { TransactionId = scope.Id });
            case "/problems/forgotten":
                return new ScopeEnding.Forgotten(new OutcomeNotKnownException(
                    $"The outcome of scope {scope.Id} is not known: {problem.Text}. Its databases agree; look there.") { TransactionId = scope.Id });
            case "/problems/log-behind" or "/problems/unknown-transaction":
                return null;
            case "/problems/unknown-participant":
                resources.RegisterAgain(scope);
                return null;
            default:
                return RollBack(scope.Id, problem);
        }
    }

    private ScopeEnding? RollBack(TransactionId id, Problem refusal) => calls.Rollback(id) switch
    {
        ScopeAnswer.Document { Value.Outcome: Outcome.Aborted } => new ScopeEnding.Aborted(
            new RequestRefusedException(refusal.Status, refusal.Type, $"Could not commit scope {id}, which was rolled back therefore: {refusal.Text}") { TransactionId = id }),
        ScopeAnswer.Refused { Problem.Type: "/problems/already-committed" } => ScopeEnding.Committed.It,
        _ => null,
    };

    private static ScopeEnding EndingOf(TransactionDocument decided) => decided.Outcome == Outcome.Committed
        ? ScopeEnding.Committed.It
        : new ScopeEnding.Aborted(new TransactionRolledBackException(
            $"Transaction {decided.Id} was rolled back ({decided.Reason?.Code.ToString() ?? "no reason given"}): {decided.Reason?.Message ?? "no message"}", decided.Reason)
        {
            TransactionId = decided.Id,
        });

    /// <summary>Why it aborted, where one question tells.</summary>
    private AbortReason? ReasonOf(TransactionId id) => (calls.Look(id) as ScopeAnswer.Document)?.Value.Reason;

    private static void Pause(TimeSpan wait)
    {
        try
        {
            Thread.Sleep(wait < LongestWait ? wait : LongestWait);
        }
        catch (ThreadInterruptedException)
        {
            // The drivers' second phase comes next on this thread, and is not to be interrupted either.
        }
    }
}
