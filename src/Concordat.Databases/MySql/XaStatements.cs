using System.Data.Common;
using System.Globalization;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.MySql;

internal static class XaStatements
{
    /// <summary>XA's format id of names that are given none, which is ours and that of most.</summary>
    private const string FormatId = "1";

    internal static string Xid(this BranchName name) => $"'{name.Transaction}','{name.Branch}'";

    /// <summary>All prepared branches of the server, of all databases. The rows say nothing of which.</summary>
    internal static async Task<List<(string RawName, BranchName? Name)>> RecoverAsync(DbConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync("XA RECOVER", cancellationToken).ConfigureAwait(false)).ConvertAll(Read);

    internal static async Task<bool> IsPreparedAsync(DbConnection connection, BranchName name, CancellationToken cancellationToken) =>
        (await RecoverAsync(connection, cancellationToken).ConfigureAwait(false)).Exists(branch => branch.Name == name);

    /// <summary>Format id, length of the first part, length of the second, both parts without anything between them.</summary>
    private static (string RawName, BranchName? Name) Read(string?[] row)
    {
        var data = row[3]!;
        var first = int.Parse(row[1]!, CultureInfo.InvariantCulture);
        var second = int.Parse(row[2]!, CultureInfo.InvariantCulture);
        if (first > data.Length || first + second != data.Length)
        {
            // The lengths are of bytes: what has other characters than ASCII is foreign in any case.
            return (data, null);
        }

        var (transaction, branch) = (data[..first], data[first..]);
        return ($"{transaction}/{branch}", row[0] == FormatId && BranchName.TryCreate(transaction, branch, out var name) ? name : null);
    }
}
