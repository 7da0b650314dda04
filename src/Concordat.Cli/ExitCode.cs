namespace Concordat.Cli;

/// <summary>What the process tells its caller. Scripts rely on the numbers; docs/cli.md lists them.</summary>
internal enum ExitCode
{
    Ok = 0,
    Error = 1,
    Usage = 2,
    NotFound = 3,

    /// <summary>The transaction aborted, or the request contradicts what is.</summary>
    AbortedOrConflict = 4,

    /// <summary>Not over, or not known, within the time.</summary>
    Timeout = 5,

    /// <summary>Nobody answers there, or takes nothing now.</summary>
    Unreachable = 6,
}
