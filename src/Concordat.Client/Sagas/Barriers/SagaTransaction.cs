using System.Data.Common;

namespace Concordat.Client.Sagas;

/// <summary>
/// The local transaction of one call, which the barrier commits when the handler returns and rolls back when it throws. Neither commit, roll back nor close it, and
/// do not swallow an exception of the database: after it the database may have undone what was before. On MySQL and MariaDB statements that commit by themselves
/// (<c>CREATE</c>, <c>ALTER</c>, <c>TRUNCATE</c>) do not belong into it.
/// </summary>
public sealed record SagaTransaction(DbConnection Connection, DbTransaction Transaction);
