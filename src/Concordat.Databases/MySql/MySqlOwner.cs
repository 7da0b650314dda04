using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Concordat.Databases.Connections;

namespace Concordat.Databases.MySql;

/// <summary>
/// The session that began a branch: the evidence of a vote. Ids begin again with every start of the server, so id, user, and the time
/// of that start say together which session it is.
/// </summary>
/// <param name="ServerStart">Seconds since 1970, by the server's clock: exactly the same in every answer of one life of it.</param>
/// <param name="User">As the list of processes has it, or a hash where that is long or has other characters than most.</param>
internal readonly record struct MySqlOwner(long ServerStart, long ConnectionId, string User)
{
    /// <summary>
    /// Both numbers of the difference are of the moment at which this statement began, so no second can pass between them. MariaDB
    /// has the uptime in another schema than MySQL: each executes the comment that is its own.
    /// </summary>
    internal const string ServerStartExpression =
        "(SELECT UNIX_TIMESTAMP() - VARIABLE_VALUE FROM /*M! information_schema.GLOBAL_STATUS *//*!80000 performance_schema.global_status */ "
        + "WHERE VARIABLE_NAME = 'Uptime')";

    private const string Prefix = "mysql:1:";
    private const int MaxPlainUser = 80;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{ServerStart}:{ConnectionId}:{User}");

    internal static MySqlOwner Create(string serverStart, string connectionId, string user) =>
        new(WholeSeconds(serverStart), long.Parse(connectionId, CultureInfo.InvariantCulture), Encode(user));

    internal static bool TryParse([NotNullWhen(true)] string? text, out MySqlOwner owner)
    {
        owner = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length..].Split(':') is not [var start, var id, var user]
            || !long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var startNumber)
            || !long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var idNumber))
        {
            return false;
        }

        owner = new MySqlOwner(startNumber, idNumber, user);
        return true;
    }

    /// <summary>Whether that session is there. One of another user is only seen by who has the right to (PROCESS).</summary>
    internal async Task<bool> IsSeenAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync(
            string.Create(CultureInfo.InvariantCulture, $"SELECT USER, {ServerStartExpression} FROM information_schema.PROCESSLIST WHERE ID = {ConnectionId}"),
            cancellationToken).ConfigureAwait(false);
        return rows is [[{ } user, { } start]] && Encode(user) == User && WholeSeconds(start) == ServerStart;
    }

    private static long WholeSeconds(string number) => (long)decimal.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Into what needs no escape anywhere.</summary>
    private static string Encode(string user) =>
        user.Length <= MaxPlainUser && user.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? user
            : "sha256-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(user)));
}
