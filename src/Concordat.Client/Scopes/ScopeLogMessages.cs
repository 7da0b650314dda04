using Microsoft.Extensions.Logging;

namespace Concordat.Client;

internal static partial class ScopeLogMessages
{
    [LoggerMessage(3010, LogLevel.Warning, "Scope {Id} waits for its outcome, and blocks its thread until it is known: {Why}")]
    public static partial void Waits(ILogger logger, TransactionId id, string why);

    [LoggerMessage(3011, LogLevel.Information, "Scope {Id} has its outcome after {Seconds} s: {Ending}")]
    public static partial void WaitedFor(ILogger logger, TransactionId id, double seconds, string ending);

    [LoggerMessage(3012, LogLevel.Debug, "Scope {Id} was left without a commit and could not be rolled back at the coordinator; its deadline does so")]
    public static partial void RollbackFailed(ILogger logger, TransactionId id, Exception e);

    [LoggerMessage(3013, LogLevel.Debug, "Scope {Id}: {Count} rollbacks are under way, so this one is left to its deadline")]
    public static partial void RollbackLeftToDeadline(ILogger logger, TransactionId id, int count);
}
