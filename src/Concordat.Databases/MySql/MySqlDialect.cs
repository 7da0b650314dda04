using System.Data;
using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.MySql;

internal sealed class MySqlDialect : Dialect
{
    internal override Task<IReadOnlyList<Problem>> CheckAsync(DbConnection connection, string? expectedDatabase, CancellationToken cancellationToken) =>
        MySqlChecks.RunAsync(connection, expectedDatabase, cancellationToken);

    internal override Task<string> IdentifyAsync(DbConnection connection, CancellationToken cancellationToken) =>
        MarkerTable.IdentityAsync(connection, cancellationToken);

    /// <summary>Two round trips: who this session is, and the beginning.</summary>
    internal override async Task<Branch> BeginAsync(
        DbConnection connection, BranchName name, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        var row = await connection.RowAsync(
            $"SELECT {MySqlOwner.ServerStartExpression}, CONNECTION_ID(), SUBSTRING_INDEX(USER(), '@', 1)", cancellationToken).ConfigureAwait(false);
        var owner = MySqlOwner.Create(row[0]!, row[1]!, row[2]!);
        var branch = new MySqlBranch(name, connection, owner);
        try
        {
            await connection.ExecuteAsync(
                $"{LevelOf(isolation)}XA START {name.Xid()}; {MarkerTable.Insert(name, owner)}", cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await branch.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return branch;
    }

    internal override Task<FinishResult> CommitAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken) =>
        new MySqlFinishing(connection, name, evidence).RunAsync("COMMIT", cancellationToken);

    internal override Task<FinishResult> RollbackAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken) =>
        new MySqlFinishing(connection, name, evidence).RunAsync("ROLLBACK", cancellationToken);

    internal override async Task<IReadOnlyList<PreparedBranch>> ListAsync(DbConnection connection, bool withLocks, CancellationToken cancellationToken)
    {
        var listed = await XaStatements.RecoverAsync(connection, cancellationToken).ConfigureAwait(false);
        var names = listed.Where(branch => branch.Name is not null).Select(branch => branch.Name!.Value);
        var markers = await MarkerTable.ReadAsync(connection, names, cancellationToken).ConfigureAwait(false);
        return listed.ConvertAll(branch => branch.Name is { } name && markers.TryGetValue(name, out var marker)
            ? new PreparedBranch(branch.RawName, name, IsOfThisDatabase: true, marker.Age, Describe(marker.Owner), Locks: null, LockedTables: [])
            : new PreparedBranch(branch.RawName, branch.Name, IsOfThisDatabase: false, Age: null, Owner: null, Locks: null, LockedTables: []));
    }

    /// <summary>Needs no evidence: the marker tells.</summary>
    internal override async Task<BranchFate> FateAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken) =>
        await MarkerTable.FateAsync(connection, name, cancellationToken).ConfigureAwait(false) ?? BranchFate.Unknown;

    internal override bool Keeps => true;

    internal override Task<Kept> ListKeptAsync(DbConnection connection, TimeSpan olderThan, BranchName? after, CancellationToken cancellationToken) =>
        MarkerTable.ListAsync(connection, olderThan, after, cancellationToken);

    internal override Task ForgetAsync(DbConnection connection, IReadOnlyCollection<BranchName> names, CancellationToken cancellationToken) =>
        MarkerTable.RemoveAsync(connection, names, cancellationToken);

    private static string Describe(string evidence) =>
        MySqlOwner.TryParse(evidence, out var owner) ? $"{owner.User}, connection {owner.ConnectionId}" : evidence;

    private static string LevelOf(IsolationLevel isolation) => isolation switch
    {
        IsolationLevel.Unspecified => "",
        IsolationLevel.ReadUncommitted => "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; ",
        IsolationLevel.ReadCommitted => "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ",
        IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; ",
        IsolationLevel.Serializable => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; ",
        _ => throw new ArgumentOutOfRangeException(nameof(isolation), isolation, "MariaDB and MySQL have no such isolation level"),
    };
}
