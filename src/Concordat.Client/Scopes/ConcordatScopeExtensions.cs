using System.Transactions;

namespace Concordat.Client;

public static class ConcordatScopeExtensions
{
    /// <summary>A scope with no more to say than whether it joins the one around it.</summary>
    public static ConcordatScope CreateScope(this IConcordatClient client, TransactionScopeOption option)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.CreateScope(new ScopeOptions { Option = option });
    }
}
