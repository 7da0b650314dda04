using Concordat.Core.History;
using Concordat.Core.Transactions;

namespace Concordat.Core.Resources;

/// <summary>Joins a listing with the log for people: what a sweep would do, and with which transaction's branch. Changes nothing.</summary>
internal static class Looking
{
    internal static void Look(CoordinatorState s, LookInput input)
    {
        if (Sweeping.Find(s, input.Caller, input.Resource, input.Identity) is not { } resource)
        {
            return;
        }

        var after = 0L;
        var items = new PreparedDocument[input.Prepared.Count];
        for (var i = 0; i < items.Length; i++)
        {
            var name = input.Prepared[i];
            var what = Sweeping.Classify(s, resource, name, out var id, ref after);
            items[i] = new PreparedDocument { Name = name, Class = what, Transaction = what == PreparedClass.Foreign ? null : Describe(s, id!.Value) };
        }

        s.Answer(input.Caller, new LookedReply(items), after);
    }

    private static PreparedTransaction Describe(CoordinatorState s, TransactionId id)
    {
        var transaction = s.Find(id) switch
        {
            Transaction live => live,
            FinishedTransaction finished => Finishing.Revive(s, finished),
            _ => null,
        };
        if (transaction is null)
        {
            return new PreparedTransaction { Id = id };
        }

        var document = TransactionDocuments.Of(s, transaction);
        return new PreparedTransaction { Id = id, Name = document.Name, State = document.State, Outcome = document.Outcome };
    }
}
