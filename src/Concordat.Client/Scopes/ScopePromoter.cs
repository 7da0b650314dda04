using System.Transactions;

namespace Concordat.Client;

/// <summary>
/// The coordinator's seat in a <see cref="Transaction"/>. From the first to the last:
/// <list type="number">
/// <item>It takes the only seat that decides, before any connection opens, and is promoted at once: the transaction's distributed identifier becomes the coordinator's id.</item>
/// <item>Connections open, enlist (volatile), and work.</item>
/// <item>The scope is completed and disposed: every driver prepares, as <c>id/…</c>. A process that dies here leaves branches whose transaction the coordinator aborts.</item>
/// <item><see cref="SinglePhaseCommit"/>: the decision, durable at the coordinator before it returns. A process that dies from here on leaves branches that a sweep commits.</item>
/// <item>Every driver commits.</item>
/// </list>
/// </summary>
internal sealed class ScopePromoter(JoinedScope scope, Transaction transaction, ScopeDecision decision, ScopeRollbacks rollbacks) : IPromotableSinglePhaseNotification
{
    /// <summary>Says to System.Transactions whose promoted tokens these are.</summary>
    public static readonly Guid Type = new("7c0cc02d-0a70-4c0e-9d3a-b1d0c5c09e01");

    public void Initialize()
    {
    }

    public byte[] Promote()
    {
        transaction.SetDistributedTransactionIdentifier(this, scope.Id.ToGuid());
        return scope.Id.ToGuid().ToByteArray(bigEndian: true);
    }

    public void SinglePhaseCommit(SinglePhaseEnlistment singlePhaseEnlistment)
    {
        switch (decision.Make(scope))
        {
            case ScopeEnding.Committed:
                singlePhaseEnlistment.Committed();
                break;
            case ScopeEnding.Aborted aborted:
                singlePhaseEnlistment.Aborted(aborted.Why);
                break;
            case ScopeEnding.Forgotten forgotten:
                singlePhaseEnlistment.InDoubt(forgotten.Why);
                break;
        }
    }

    public void Rollback(SinglePhaseEnlistment singlePhaseEnlistment)
    {
        rollbacks.Start(scope.Id);
        singlePhaseEnlistment.Aborted();
    }
}
