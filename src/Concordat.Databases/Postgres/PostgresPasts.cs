using System.Collections.Concurrent;
using System.Data.Common;
using Concordat.Databases.Connections;

namespace Concordat.Databases.Postgres;

/// <summary>The <see cref="PostgresPast"/> of servers that were asked before, so that not each of their branches asks again.</summary>
/// <remarks>
/// A server is told by its address and by when it was started, to the microsecond. As long as it runs, its past stays what it is for every transaction that has an id:
/// <list type="number">
/// <item>Ids are given on a primary only, and a primary becomes a standby by a restart only.</item>
/// <item>The timeline of a primary is chosen when it has become one, by its start or by its promotion, and by nothing afterwards. A standby that is promoted has given no id
/// and answered no <see cref="PostgresPast.Query"/> before, so nothing that is kept here is from then.</item>
/// <item>A server whose sessions are ended by a crash of one of them recovers on its timeline, and keeps its start.</item>
/// <item>Another server that takes over the address has another start. If it had the same: what became of a branch is always asked together with the past itself
/// (<see cref="PostgresDialect.FateAsync"/>), so that evidence with a wrong one says nothing there.</item>
/// </list>
/// </remarks>
internal sealed class PostgresPasts
{
    private const int Most = 100;
    private readonly ConcurrentDictionary<(string Address, string Started), PostgresPast> _known = new();

    /// <param name="started">As the server at the other end of the connection has said, over this connection.</param>
    internal async ValueTask<PostgresPast> OfAsync(DbConnection connection, string started, CancellationToken cancellationToken)
    {
        var key = (connection.DataSource, started);
        if (_known.TryGetValue(key, out var known))
        {
            return known;
        }

        // A connection is to one run of a server: a restart breaks it.
        var past = PostgresPast.Of(await connection.RowAsync(PostgresPast.Query, cancellationToken).ConfigureAwait(false));
        if (_known.Count >= Most)
        {
            _known.Clear();
        }

        _known.TryAdd(key, past);
        return past;
    }
}
