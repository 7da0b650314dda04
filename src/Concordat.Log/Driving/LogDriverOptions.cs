namespace Concordat.Log;

public sealed record LogDriverOptions
{
    /// <summary>Called on the flusher thread after every forced flush.</summary>
    public Action<LogPosition> OnDurable { get; init; } = _ => { };

    /// <summary>Called once, on whichever thread met the failure. The process should stop: nothing more becomes durable.</summary>
    public Action<Exception> OnFailure { get; init; } = _ => { };

    /// <summary>Runs the two timers: the idle mark, and another look for space while the disk is full.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long nothing is forced before staged records and a mark are written.</summary>
    public TimeSpan IdleDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often spares are tried again while the disk is full.</summary>
    public TimeSpan FullDiskDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Prefix of the threads' names.</summary>
    public string Name { get; init; } = "concordat-log";
}
