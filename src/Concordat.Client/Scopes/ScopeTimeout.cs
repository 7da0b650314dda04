using System.Transactions;

namespace Concordat.Client;

/// <summary>
/// One timeout for the scope and the coordinator. <see cref="TransactionScope"/> quietly lowers one that is beyond its maximum, which the coordinator would not
/// know of, so that is refused.
/// </summary>
internal static class ScopeTimeout
{
    private static readonly TimeSpan CoordinatorsMaximum = TimeSpan.FromDays(1);

    public static TimeSpan Of(TimeSpan? wanted)
    {
        // Zero is "without limit" there.
        var scopes = TransactionManager.MaximumTimeout;
        var maximum = scopes == TimeSpan.Zero || scopes > CoordinatorsMaximum ? CoordinatorsMaximum : scopes;
        if (wanted is { } timeout)
        {
            return timeout > TimeSpan.Zero && timeout <= maximum
                ? timeout
                : throw new ArgumentOutOfRangeException(
                    nameof(wanted), timeout, $"A scope's timeout is more than 0 and at most {maximum}. TransactionManager.MaximumTimeout is {scopes}, and can be set; the coordinator's is a day.");
        }

        var usual = TransactionManager.DefaultTimeout;
        return usual == TimeSpan.Zero || usual > maximum ? maximum : usual;
    }
}
