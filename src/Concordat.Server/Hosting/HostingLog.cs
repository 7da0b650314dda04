using Microsoft.Extensions.Logging;

namespace Concordat.Server.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(EventId = 2010, EventName = "StartWarning", Level = LogLevel.Warning, Message = "{Warning}")]
    public static partial void StartWarning(ILogger logger, string warning);
}
