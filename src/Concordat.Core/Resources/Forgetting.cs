using Concordat.Core.History;
using Concordat.Core.Transactions;

namespace Concordat.Core.Resources;

/// <summary>
/// A database that keeps a marker of every branch that committed (MariaDB, MySQL) may remove it when nobody will ask again whether it
/// did. Removed too early, a branch that committed looks as if it had been rolled back. Who asks is a sweep, for a branch that is awaited; so the question
/// is whether any start of this coordinator, whatever crashes, may await it again:
/// <list type="table">
/// <item><term>live</term><description>Yes: it is awaited, or will be.</description></item>
/// <item><term>ended, the end not durable</term><description>Yes: after a crash the log shows the decision only, and it is awaited again. (An end is not forced; it is durable with whatever is forced next.)</description></item>
/// <item><term>ended committed, durable</term><description>No.</description></item>
/// <item><term>ended aborted</term><description>Nobody awaits it, and yet its branch has committed: somebody did that by hand. The marker is the only
/// trace of it, and stays as long as the transaction is known.</description></item>
/// <item><term>dropped from history, the end durable</term><description>No.</description></item>
/// <item><term>of a restored copy, and not known</term><description>Nothing final can be said.</description></item>
/// <item><term>of an unknown start</term><description>The right log may await it.</description></item>
/// <item><term>never known, or another coordinator's</term><description>Not ours to say.</description></item>
/// </list>
/// </summary>
internal static class Forgetting
{
    internal static void Answer(CoordinatorState s, EndedInput input)
    {
        if (Sweeping.Find(s, input.Caller, input.Resource, input.Identity) is null)
        {
            return;
        }

        var ended = new bool[input.Transactions.Count];
        for (var i = 0; i < ended.Length; i++)
        {
            ended[i] = IsOver(s, input.Transactions[i]);
        }

        s.Answer(input.Caller, new EndedReply(ended));
    }

    private static bool IsOver(CoordinatorState s, TransactionId id) => s.Find(id) switch
    {
        Transaction => false,
        FinishedTransaction finished => finished.Outcome == Outcome.Committed && finished.EndRecord <= s.DurableRecords,

        // Ids are forgotten only up to a counter: what is above was never known, and so never decided.
        _ => s.Epochs.Classify(id, out var epoch) == IdKind.Ours && !epoch!.IsUncertain && id.Counter <= epoch.ForgottenUpTo
            && s.History.LastForgottenEnd <= s.DurableRecords,
    };
}
