using System.Diagnostics.Metrics;

namespace Concordat.Client.Resources;

/// <summary>What the last sweeps of this process found and left prepared, on the meter of the client.</summary>
internal static class ResourceTelemetry
{
    internal static void Observe(IMeterFactory meters, IReadOnlyList<ResourceAgent> agents)
    {
        // The factory keeps it, and ends it with the host.
        var meter = meters.Create(ScopeTelemetry.MeterName);
        meter.CreateObservableGauge(
            "concordat.resource.prepared",
            () => agents.SelectMany(static agent => (agent.Last?.Left ?? []).Select(left => new Measurement<int>(
                left.Value, new("resource", agent.Resource.Name), new("class", NameOf(left.Key))))),
            "{branch}",
            "Branches that the last sweep found prepared and left so");
        meter.CreateObservableGauge(
            "concordat.resource.prepared.oldest_age",
            () => agents.Where(static agent => agent.Last is not null).Select(static agent => new Measurement<double>(
                agent.Last!.OldestAge?.TotalSeconds ?? 0, new KeyValuePair<string, object?>("resource", agent.Resource.Name))),
            "s",
            "Age of the oldest of them; 0 where there is none, or the database does not say");
    }

    /// <summary>As on the wire.</summary>
    internal static string NameOf(PreparedClass what) => what switch
    {
        PreparedClass.Committed => "committed",
        PreparedClass.Aborted => "aborted",
        PreparedClass.Orphan => "orphan",
        PreparedClass.Pending => "pending",
        PreparedClass.LogBehind => "log-behind",
        _ => "foreign",
    };
}
