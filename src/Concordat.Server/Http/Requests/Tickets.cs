using System.Globalization;
using Concordat.Core;

namespace Concordat.Server.Http;

/// <summary>A sweep's ticket as the last part of a path: <c>epoch.records</c>.</summary>
internal static class Tickets
{
    public static string Write(SweepTicket ticket) => string.Create(CultureInfo.InvariantCulture, $"{ticket.Epoch}.{ticket.DurableRecords}");

    public static SweepTicket? Read(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return point > 0
            && long.TryParse(text.AsSpan(0, point), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            && long.TryParse(text.AsSpan(point + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var records)
            ? new SweepTicket(epoch, records)
            : null;
    }
}
