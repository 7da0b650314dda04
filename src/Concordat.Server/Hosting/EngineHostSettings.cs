namespace Concordat.Server.Hosting;

/// <summary>What a host says of the engine beyond <c>ServerOptions</c>.</summary>
public sealed class EngineHostSettings
{
    /// <summary>The data directory is a copy from earlier: nothing is presumed of what began before this start.</summary>
    public bool Restored { get; set; }

    /// <summary>
    /// Ends the process at once: after a failed write nobody knows what is on the disk, and whatever still ran could tell somebody what
    /// is not so. It should not return. The engine itself ends in any case.
    /// </summary>
    public Action<Exception> Fatal { get; set; } = static cause =>
        Environment.FailFast($"The coordinator stops at once, and a restart recovers from the log: {cause.Message}", cause);
}
