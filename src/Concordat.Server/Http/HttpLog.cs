using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Http;

internal static partial class HttpLog
{
    [LoggerMessage(EventId = 2000, EventName = "RequestFailed", Level = LogLevel.Error, Message = "{Method} {Path} failed (trace {TraceId})")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, PathString path, string traceId);
}
