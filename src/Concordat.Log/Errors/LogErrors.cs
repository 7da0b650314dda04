namespace Concordat.Log;

/// <summary>Bytes that were once durable are gone or changed. Nothing was written; the log needs a person, or a backup.</summary>
public sealed class LogDamagedException : Exception
{
    public LogDamagedException(string segment, long offset, LogPosition position, string reason)
        : base($"The log is damaged: segment file '{segment}', offset {offset} (log position {position}): {reason}. Nothing was written. " +
            "Keep a copy, look at it with 'concordat log inspect', and restore the files from a good copy.")
    {
        Segment = segment;
        Offset = offset;
        Position = position;
        Reason = reason;
    }

    /// <summary>Full name of the segment file.</summary>
    public string Segment { get; }

    /// <summary>Offset in that file.</summary>
    public long Offset { get; }

    public LogPosition Position { get; }

    public string Reason { get; }
}

/// <summary>A segment was written in a format version that this build does not know.</summary>
public sealed class LogVersionException(string segment, uint version) : Exception(
    $"Segment file '{segment}' has format version {version}; this build reads version {LogFormat.Version}. Use a build that knows it.")
{
    public uint Version { get; } = version;
}

/// <summary>Another process (or another log object of this one) has the directory.</summary>
public sealed class LogLockedException(string directory, int? ownerPid) : Exception(
    $"The log directory '{directory}' is in use by {(ownerPid is { } pid ? $"process {pid}" : "another process")}. " +
    "Stop that process, or use another directory.")
{
    public string Directory { get; } = directory;

    /// <summary>Null when the owner had not yet written its pid.</summary>
    public int? OwnerPid { get; } = ownerPid;
}

/// <summary>
/// A write or sync failed, now or earlier. Nothing is written any more, and no sync is repeated: after a failed sync the system may have
/// dropped the bytes and still answer the next one with success. What was not yet announced as durable may or may not be on disk;
/// reopening the log finds out.
/// </summary>
public sealed class LogFailedException(Exception cause) : Exception(
    $"The log has failed and takes nothing more: {cause.Message} The process must stop; a restart recovers what is durable.", cause);

/// <summary>No space is left (ENOSPC, EDQUOT). Nothing is left of what was to be created.</summary>
public sealed class LogSpaceException : IOException
{
    public LogSpaceException(string message)
        : base(message) => HResult = 28;

    public LogSpaceException(string message, Exception inner)
        : base(message, inner) => HResult = 28;
}

/// <summary>The log found that it was about to break one of its own rules. A bug: report it.</summary>
public sealed class LogInvariantException(string message) : Exception(message)
{
    internal static void Require(bool condition, string invariant)
    {
        if (!condition) Throw(invariant);
    }

    private static void Throw(string invariant) => throw new LogInvariantException($"Log invariant broken: {invariant}");
}
