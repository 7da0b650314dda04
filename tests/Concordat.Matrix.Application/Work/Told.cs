using System.Transactions;

namespace Concordat.Matrix.Application.Work;

/// <summary>What the code that ran a transaction has been told about its outcome, in words that begin with it.</summary>
internal static class Told
{
    internal static async Task<string> OfAsync(Func<Task> transaction)
    {
        try
        {
            await transaction();
            return "committed";
        }
        catch (Exception e) when (e is TransactionAbortedException or TransactionRolledBackException)
        {
            return $"rolled back: {e}";
        }
        catch (Exception e) when (e is TransactionInDoubtException or OutcomeNotKnownException)
        {
            return $"not known: {e}";
        }
#pragma warning disable CA1031 // The test shows it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return $"failed: {e}";
        }
    }
}
