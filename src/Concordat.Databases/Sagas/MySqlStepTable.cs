using System.Data.Common;
using Concordat.Databases.Connections;
using Concordat.Databases.MySql;

namespace Concordat.Databases;

internal sealed class MySqlStepTable : StepTable
{
    /// <summary>
    /// Of the server: record changed since it was read (MariaDB's snapshot isolation), too many connections, lost connections in its various words, interrupted, taking
    /// too long, lock not to be had, deadlock.
    /// </summary>
    private static readonly int[] Transient = [1020, 1040, 1042, 1053, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1205, 1213, 1226, 1317, 1927, 1969, 2006, 2013, 3024, 4031];

    /// <summary>No CHAR(36): drivers make a Guid of that.</summary>
    protected override string Definition =>
        $"""
        CREATE TABLE IF NOT EXISTS {Name} (
            saga_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            step VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            result BLOB,
            begun_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
            changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
            PRIMARY KEY (saga_id, step)
        ) ENGINE=InnoDB COMMENT='One row for each step of a saga that was called here (Concordat)'
        """;

    protected override string InsertUnlessThere => $"INSERT IGNORE INTO {Name} (saga_id, step, state) VALUES (@saga, @step, @state)";

    /// <summary>Else a stricter transaction reads what there was when it first read.</summary>
    protected override string AsCommitted => "LOCK IN SHARE MODE";

    /// <summary>In a table of a few rows the server may else read from end to end, and wait for every row that somebody else has.</summary>
    protected override string ByKey => "FORCE INDEX (PRIMARY)";

    protected override string Delete => $"DELETE {Name} FROM {Name} FORCE INDEX (PRIMARY)";

    protected override string Now => "CURRENT_TIMESTAMP(6)";

    protected override string Ago(TimeSpan time) => $"CURRENT_TIMESTAMP(6) - INTERVAL {time.Ticks / TimeSpan.TicksPerMicrosecond} MICROSECOND";

    /// <summary>An asynchronous command of MySql.Data that exceeds its time limit never ends. A wait for a lock does: <c>innodb_lock_wait_timeout</c>.</summary>
    protected override bool IsServerToLimitWaits => true;

    internal override bool IsMissing(DbException error) => error.Number() == MySqlErrors.NoSuchTable;

    internal override bool IsTransient(DbException error) => error.Number() is var number && (number == 0 || Transient.Contains(number));

    internal override bool IsRefusal(DbException error) => MySqlErrors.IsRefusal(error);
}
