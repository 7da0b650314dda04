using System.Diagnostics;
using Concordat.Samples.Bank.Processes;

namespace Concordat.Samples.Bank.Driver;

/// <param name="InFlight">Transfers that were under way when the process died.</param>
/// <param name="Down">From the kill until it was ready again.</param>
internal sealed record Kill(string Service, int AtTransfer, int InFlight, TimeSpan Down);

/// <summary>Kills one process whenever the plan says so, and starts it again at once.</summary>
internal sealed class Killer(IKillable service, TransferProgress progress, IEnumerable<int> plan, Action<Kill> report)
{
    // Asked for before the first transfer begins.
    private readonly Task[] _moments = [.. plan.Select(progress.Reaching)];

    public async Task<Kill[]> RunAsync(CancellationToken cancellationToken)
    {
        var kills = new List<Kill>();
        foreach (var moment in _moments)
        {
            await moment.WaitAsync(cancellationToken);
            var (at, inFlight, start) = (progress.Finished, progress.InFlight, Stopwatch.GetTimestamp());
            await service.KillAndRestartAsync(cancellationToken);
            kills.Add(new Kill(service.Name, at, inFlight, Stopwatch.GetElapsedTime(start)));
            report(kills[^1]);
        }

        return [.. kills];
    }
}
