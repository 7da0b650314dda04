using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Concordat.Databases.Postgres;

/// <summary>
/// Which transaction a branch was: its 64-bit id, in which cluster, on which timeline. The id alone says nothing in a cluster that
/// was made anew, or that went back to a backup or over to a standby and may have given the id again.
/// </summary>
internal readonly record struct PostgresEvidence(string Cluster, string Timeline, string TransactionId)
{
    /// <summary>When the server was started, and the transaction's id, which is null in one that wrote nothing. Fails in a failed transaction.</summary>
    internal const string Query = "SELECT date_part('epoch', pg_postmaster_start_time()), pg_current_xact_id_if_assigned()::text";

    private const string Prefix = "postgres:1:";

    public override string ToString() => $"{Prefix}{Cluster}:{Timeline}:{TransactionId}";

    internal static bool TryParse([NotNullWhen(true)] string? text, out PostgresEvidence evidence)
    {
        evidence = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length..].Split(':') is not [var cluster, var timeline, var id]
            || !ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return false;
        }

        evidence = new PostgresEvidence(cluster, timeline, id);
        return true;
    }
}
