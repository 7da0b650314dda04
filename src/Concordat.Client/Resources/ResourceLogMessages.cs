using Microsoft.Extensions.Logging;

namespace Concordat.Client.Resources;

/// <summary>What the agents of resources log. The numbers are stable.</summary>
internal static partial class ResourceLogMessages
{
    [LoggerMessage(2400, LogLevel.Information, "Resource {Resource}: {Branch} was left prepared and is finished as {Outcome}")]
    public static partial void BranchFinished(ILogger logger, string resource, string branch, Outcome outcome);

    [LoggerMessage(2410, LogLevel.Warning, "Resource {Resource}: {Branch} is prepared (for {Age}) and its transaction is not known: abort is presumed, and it is rolled back")]
    public static partial void OrphanFound(ILogger logger, string resource, string branch, TimeSpan? age);

    [LoggerMessage(2411, LogLevel.Error, "Resource {Resource}: {Transaction} has committed, and the database says of its branch {Branch}: {Fate}. Somebody settled it there by hand")]
    public static partial void FateDiffers(ILogger logger, string resource, TransactionId transaction, string branch, Fate fate);

    [LoggerMessage(2402, LogLevel.Debug, "{Count} reports about branches of resource {Resource} could not be sent; a sweep asks for them")]
    public static partial void NotReported(ILogger logger, string resource, int count, Exception e);

    [LoggerMessage(2403, LogLevel.Debug, "Resource {Resource}: the connection of branch {Branch} of {Transaction} could not be closed")]
    public static partial void NotClosed(ILogger logger, string resource, TransactionId transaction, string branch, Exception e);

    [LoggerMessage(2404, LogLevel.Debug, "Transaction {Transaction}: the no of resource {Resource} could not be sent; the deadline aborts it")]
    public static partial void NotRefused(ILogger logger, TransactionId transaction, string resource, Exception e);

    [LoggerMessage(2405, LogLevel.Debug, "Transaction {Transaction}: its outcome was not heard; a sweep finishes its branches")]
    public static partial void OutcomeNotHeard(ILogger logger, TransactionId transaction, Exception e);

    [LoggerMessage(2412, LogLevel.Warning, "Resource {Resource}: branch {Branch} of {Transaction} could not be finished as {Outcome} here; a sweep does it")]
    public static partial void LeftToSweep(ILogger logger, string resource, TransactionId transaction, string branch, Outcome outcome, Exception e);

    [LoggerMessage(2420, LogLevel.Warning, "Resource {Resource}: {Branch} could not be finished or looked up; the next sweep tries again")]
    public static partial void BranchFailed(ILogger logger, string resource, string branch, Exception e);

    [LoggerMessage(2421, LogLevel.Warning, "Resource {Resource} could not be swept; it is tried again in {Wait}")]
    public static partial void SweepFailed(ILogger logger, string resource, TimeSpan wait, Exception e);

    [LoggerMessage(2422, LogLevel.Information, "Resource {Resource} can be swept again")]
    public static partial void SweepsAgain(ILogger logger, string resource);
}
