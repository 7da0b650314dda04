using System.Diagnostics.Metrics;

namespace Concordat.Client;

/// <summary>The metrics of the client.</summary>
public static class ScopeTelemetry
{
    /// <summary>The name of the meter to listen to.</summary>
    public const string MeterName = "Concordat.Client";

    internal static void Observe(IMeterFactory meters, WaitingScopes waiting)
    {
        // The factory keeps it, and ends it with the host.
        var meter = meters.Create(MeterName);
        meter.CreateObservableUpDownCounter(
            "concordat.client.scopes.waiting", () => waiting.Now.Count, "{scope}", "Scopes that are being disposed and whose outcome the coordinator does not give");
        meter.CreateObservableGauge(
            "concordat.client.scopes.oldest_wait", () => (waiting.Longest ?? TimeSpan.Zero).TotalSeconds, "s", "For how long the oldest of them has been waiting");
    }
}
