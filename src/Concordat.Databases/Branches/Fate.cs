namespace Concordat.Databases.Branches;

/// <summary>What became of a branch that is not listed as prepared. Read, never guessed.</summary>
internal enum Fate
{
    Committed = 1,

    RolledBack = 2,

    /// <summary>Its transaction is open, or prepared: whoever asks again later is told more.</summary>
    StillRunning = 3,

    /// <summary>The server cannot say. A person has to look.</summary>
    Unknown = 4,
}
