using System.Data.Common;
using Concordat.Databases.Connections;
using Concordat.Databases.Postgres;

namespace Concordat.Databases;

internal sealed class PostgresStepTable : StepTable
{
    private const string UndefinedTable = "42P01";
    private const string LockNotAvailable = "55P03";

    protected override string Definition =>
        $"""
        CREATE TABLE IF NOT EXISTS {Name} (
            saga_id varchar(36) COLLATE "C" NOT NULL,
            step varchar(128) COLLATE "C" NOT NULL,
            state varchar(16) NOT NULL,
            result bytea,
            begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (saga_id, step)
        )
        """;

    protected override string InsertUnlessThere =>
        $"INSERT INTO {Name} (saga_id, step, state) VALUES (@saga, @step, @state) ON CONFLICT (saga_id, step) DO NOTHING";

    /// <summary>A statement of READ COMMITTED sees what is committed when it begins; a stricter transaction has failed in the insert before.</summary>
    protected override string AsCommitted => "";

    protected override string ByKey => "";

    protected override string Delete => $"DELETE FROM {Name}";

    protected override string Now => "clock_timestamp()";

    protected override string Ago(TimeSpan time) => $"clock_timestamp() - {time.Ticks / TimeSpan.TicksPerMicrosecond} * interval '1 microsecond'";

    protected override bool IsServerToLimitWaits => false;

    internal override bool IsMissing(DbException error) => error.State() == UndefinedTable;

    /// <summary>By class: 08 connection, 40 rolled back (deadlock, not serializable), 53 out of something, 57 an operator, a timeout or the server's end.</summary>
    internal override bool IsTransient(DbException error) =>
        error.State() is not { } state || state is LockNotAvailable || state[..2] is "08" or "40" or "53" or "57";

    internal override bool IsRefusal(DbException error) => PostgresErrors.IsRefusal(error);
}
