using System.Data.Common;
using Concordat.Cli.Databases;
using Concordat.Client;
using Concordat.Client.Resources;
using Concordat.Databases;
using Concordat.Server.Databases;
using Microsoft.Extensions.Logging.Abstractions;

namespace Concordat.Cli.Resources;

/// <summary>What the server does for databases of its settings, done from here.</summary>
internal static class DirectWork
{
    private static readonly TimeSpan KeepMarkers = new ResourceAgentOptions().KeepMarkers;

    /// <summary>First the database, then the live coordinator.</summary>
    internal static Task<PreparedList> PreparedAsync(ConcordatClient client, DatabaseResource database, CancellationToken cancellationToken) => UseAsync(database, async () =>
    {
        // A name that is not registered is a mistake here, before anything is touched.
        await client.GetResourceAsync(database.Name, cancellationToken);
        var listing = await DatabaseAnswers.ListAsync(database, cancellationToken);
        var here = listing.Branches.Where(static b => !b.IsElsewhere).Select(static b => b.Name).ToList();
        var looked = (await client.LookAsync(database.Name, listing.Identity, here, cancellationToken)).Items.ToDictionary(i => i.Name, StringComparer.Ordinal);
        return new PreparedList { Items = [.. listing.Branches.Select(b => b.Joined(b.IsElsewhere ? null : looked[b.Name]))] };
    });

    internal static Task<ReconcileAnswer> ReconcileAsync(ConcordatClient client, DatabaseResource database, CancellationToken cancellationToken) => UseAsync(database, async () =>
    {
        await client.GetResourceAsync(database.Name, cancellationToken);
        var sweeper = new ResourceSweeper(client, database, KeepMarkers, TimeProvider.System, NullLogger.Instance);
        return DatabaseAnswers.Of(await sweeper.SweepAsync(cancellationToken));
    });

    private static async Task<T> UseAsync<T>(DatabaseResource database, Func<Task<T>> use)
    {
        try
        {
            return await use();
        }
        catch (DatabaseNotUsableException e)
        {
            throw new CommandFailedException(ExitCode.Error, e.Message);
        }
        catch (Exception e) when (DatabaseAnswers.IsOfDatabase(e))
        {
            throw new CommandFailedException(ExitCode.Unreachable, $"the database of '{database.Name}': {e.Message}");
        }
    }
}
