using Concordat.Core;
using Concordat.Core.Records;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Engine;

/// <summary>What the engine tells its log, with stable event ids.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1000, LogLevel.Debug, "Begun {Transaction} with {Branches} branches")]
    internal static partial void Begun(this ILogger logger, TransactionId transaction, int branches);

    [LoggerMessage(1010, LogLevel.Debug, "Branch {Branch} of {Transaction} enlisted for {Participant}")]
    internal static partial void BranchEnlisted(this ILogger logger, string branch, TransactionId transaction, string participant);

    [LoggerMessage(1110, LogLevel.Debug, "Branch {Branch} of {Transaction} voted no: {Reason}")]
    internal static partial void VoteNo(this ILogger logger, int branch, TransactionId transaction, string? reason);

    [LoggerMessage(1200, LogLevel.Debug, "Decided {Outcome} for {Transaction}")]
    internal static partial void DecisionLogged(this ILogger logger, Outcome outcome, TransactionId transaction);

    [LoggerMessage(1210, LogLevel.Debug, "{Transaction} has ended: {Outcome}")]
    internal static partial void Completed(this ILogger logger, TransactionId transaction, Outcome outcome);

    [LoggerMessage(1300, LogLevel.Debug, "A call of branch {Branch} of {Transaction} failed and is repeated: {Detail}")]
    internal static partial void RetryScheduled(this ILogger logger, int branch, TransactionId transaction, string detail);

    [LoggerMessage(1410, LogLevel.Error, "Hazard: branch {Branch} of {Transaction} voted yes and now says that it does not have it: {Detail}. It is asked again now and then; settle it with 'resolve' when you know what became of it")]
    internal static partial void Hazard(this ILogger logger, int branch, TransactionId transaction, string detail);

    [LoggerMessage(1411, LogLevel.Error, "Hazard: {Transaction} has committed, and resource {Resource} says of its branch {Branch}: {Fate}. Find out who settled it there, and settle it here with 'resolve'")]
    internal static partial void ResourceHazard(this ILogger logger, string branch, TransactionId transaction, string resource, Fate fate);

    [LoggerMessage(1500, LogLevel.Warning, "Branch {Branch} of {Transaction} was settled by hand as {As} by {Who}: {Why}")]
    internal static partial void OperatorAction(this ILogger logger, int branch, TransactionId transaction, Settlement @as, string who, string why);

    [LoggerMessage(1510, LogLevel.Warning, "{Transaction}, known only to a newer log, was settled by hand as {Outcome} by {Who}: {Why}")]
    internal static partial void UnknownSettled(this ILogger logger, TransactionId transaction, Outcome outcome, string who, string why);

    [LoggerMessage(1600, LogLevel.Information, "Recovery finished in {Seconds:0.000} s: epoch {Epoch}, {Open} unfinished and {History} finished transactions, {Participants} participants")]
    internal static partial void RecoveryFinished(this ILogger logger, double seconds, long epoch, int open, int history, int participants);

    [LoggerMessage(1601, LogLevel.Warning, "The log ended in a torn flush, which nobody had heard of; it was erased: {Tail}")]
    internal static partial void TailErased(this ILogger logger, string tail);

    [LoggerMessage(1602, LogLevel.Warning, "Started on a restored copy: nothing is presumed of transactions from before; {Suspended} undecided ones wait for a person")]
    internal static partial void Restored(this ILogger logger, int suspended);

    [LoggerMessage(1610, LogLevel.Information, "Checkpoint written: {Bytes} bytes, {Open} unfinished transactions")]
    internal static partial void CheckpointWritten(this ILogger logger, long bytes, int open);

    [LoggerMessage(1620, LogLevel.Error, "The log has no room for new transactions; running ones go on. Free some disk space where the data directory is")]
    internal static partial void LogFull(this ILogger logger);

    [LoggerMessage(1621, LogLevel.Information, "The log has room again")]
    internal static partial void LogHasRoom(this ILogger logger);

    [LoggerMessage(1700, LogLevel.Information, "Draining: {Decided} decided transactions are finished first")]
    internal static partial void Draining(this ILogger logger, int decided);

    [LoggerMessage(1701, LogLevel.Information, "Stopped: {Open} unfinished transactions are taken up by the next start")]
    internal static partial void Stopped(this ILogger logger, int open);

    [LoggerMessage(1800, LogLevel.Warning, "A deadlock: {Cycle}. The youngest, {Victim}, aborts")]
    internal static partial void Deadlock(this ILogger logger, TransactionId victim, string cycle);

    [LoggerMessage(1850, LogLevel.Debug, "Saga {Saga} has begun with {Steps} steps")]
    internal static partial void SagaBegun(this ILogger logger, TransactionId saga, int steps);

    [LoggerMessage(1851, LogLevel.Debug, "Step {Step} of saga {Saga} was {End}: {Message}")]
    internal static partial void StepNotDone(this ILogger logger, int step, TransactionId saga, StepEnd end, string? message);

    [LoggerMessage(1852, LogLevel.Information, "Saga {Saga} compensates: {Code}")]
    internal static partial void SagaTurned(this ILogger logger, TransactionId saga, SagaReasonCode code);

    [LoggerMessage(1853, LogLevel.Debug, "Saga {Saga} has ended")]
    internal static partial void SagaEnded(this ILogger logger, TransactionId saga);

    [LoggerMessage(1854, LogLevel.Debug, "A call of step {Step} of saga {Saga} failed: {Detail}")]
    internal static partial void StepCallFailed(this ILogger logger, int step, TransactionId saga, string detail);

    [LoggerMessage(1860, LogLevel.Error, "Stuck: the compensation of step '{Step}' of saga {Saga} keeps failing: {Error}. It is repeated for ever; see what keeps it, try at once with 'saga retry', or undo it by hand and say so with 'saga resolve'")]
    internal static partial void SagaStuck(this ILogger logger, string step, TransactionId saga, string error);

    [LoggerMessage(1861, LogLevel.Warning, "Step {Step} of saga {Saga} was undone by hand by {Who}: {Why}")]
    internal static partial void StepResolved(this ILogger logger, int step, TransactionId saga, string who, string why);

    [LoggerMessage(1900, LogLevel.Critical, "The coordinator stops at once, and a restart recovers from the log: {Reason}")]
    internal static partial void Fatal(this ILogger logger, string reason, Exception exception);
}
