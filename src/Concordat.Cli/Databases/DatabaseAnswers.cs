using System.Data.Common;
using Concordat.Client;
using Concordat.Client.Resources;
using Concordat.Databases;
using Concordat.Server.Databases;

namespace Concordat.Cli.Databases;

/// <summary>What the agents and the databases say, in the words of the contract.</summary>
internal static class DatabaseAnswers
{
    internal static async Task<DatabaseListing> ListAsync(DatabaseResource database, CancellationToken cancellationToken)
    {
        var identity = await database.IdentifyAsync(cancellationToken);
        var listed = await database.ListForPeopleAsync(cancellationToken);
        return new DatabaseListing(identity, [.. listed.Select(b => new ListedBranch(b.RawName, !b.IsOfThisDatabase, b.Age, b.Owner, b.Locks, b.LockedTables))]);
    }

    internal static ReconcileAnswer Of(Sweep sweep) => new()
    {
        ListedAt = sweep.At,
        Prepared = [.. sweep.Prepared.Select(b => new ReconciledBranch(b.Branch.Name, b.Class, b.IsFinished))],
        Finished = sweep.Finished,
        Done = sweep.Done,
        Reported = sweep.Reported,
        Forgotten = sweep.Forgotten,
        Failures = [.. sweep.Failures.Select(f => new ReconcileFailure(f.Branch, f.Cause.Message))],
    };

    internal static ResourceAgentDocument Of(ResourceAgent agent, DatabaseOptions options)
    {
        var last = agent.Last;
        return new ResourceAgentDocument
        {
            IntervalSeconds = options.IntervalSeconds,
            LastSweepAt = last?.At,
            Failure = agent.LastFailure?.Message,
            Prepared = (last?.Left ?? []).ToDictionary(left => Wire.Name(left.Key), left => left.Value, StringComparer.Ordinal),
            OldestAgeSeconds = last?.OldestAge?.TotalSeconds,
        };
    }

    /// <summary>Whether a database, its driver or the way there is at fault, and not this program.</summary>
    internal static bool IsOfDatabase(Exception e) => e is DbException or DatabaseNotUsableException or System.Net.Sockets.SocketException or IOException or TimeoutException;

    internal static bool IsOfSweep(Exception e) => IsOfDatabase(e) || e is ConcordatException or InvalidOperationException;
}
