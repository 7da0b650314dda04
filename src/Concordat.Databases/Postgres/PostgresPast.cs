namespace Concordat.Databases.Postgres;

/// <summary>What gives a transaction's id its meaning: which cluster, and on which timeline it writes.</summary>
internal readonly record struct PostgresPast(string Cluster, string Timeline)
{
    /// <summary>Fails on a standby, which writes on no timeline. Costs a read of a file, ten times as much as <see cref="PostgresEvidence.Query"/>.</summary>
    internal const string Query = "SELECT (pg_control_system()).system_identifier::text, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)";

    internal static PostgresPast Of(string?[] row) => new(row[0]!, row[1]!);
}
