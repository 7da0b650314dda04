namespace Concordat.Databases.Branches;

/// <summary>What became of the second phase of a branch. Asking again is always safe.</summary>
internal enum FinishResult
{
    /// <summary>
    /// This call did it. A commit is durable; a rollback of MariaDB may be lost in a crash, and then the branch is prepared again, to be
    /// rolled back again by whoever lists it.
    /// </summary>
    Done = 1,

    /// <summary>No such branch is prepared: it has been finished before, or never was. <see cref="Dialect.FateAsync"/> tells which.</summary>
    NotThere = 2,

    /// <summary>Another session is finishing it at this moment. To be asked again.</summary>
    Busy = 3,

    /// <summary>MariaDB and MySQL: the session that prepared it lives, and may not be ended from here. To be asked again.</summary>
    HeldByOwner = 4,
}
