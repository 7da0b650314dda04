using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Http;

internal static partial class HttpLog
{
    [LoggerMessage(EventId = 1500, EventName = "OperatorAction", Level = LogLevel.Warning,
        Message = "Branch {BranchId} of {TransactionId} was settled by hand as {Settlement} by {Who}: {Why}")]
    public static partial void OperatorAction(ILogger logger, TransactionId transactionId, string branchId, Settlement settlement, string who, string why);

    [LoggerMessage(EventId = 2000, EventName = "RequestFailed", Level = LogLevel.Error, Message = "{Method} {Path} failed (trace {TraceId})")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, PathString path, string traceId);
}
