namespace Concordat.Simulation;

/// <summary>An invariant was broken. Its name is that of the documentation.</summary>
public sealed class ViolationException(string invariant, string what) : Exception($"{invariant}: {what}")
{
    public string Invariant { get; } = invariant;
}

/// <summary>The simulated process was killed here. Only the world catches it; what passes through product code is dropped with the process.</summary>
internal sealed class KilledException : Exception;

/// <summary>What the simulated disk says where it is told to fail.</summary>
internal sealed class InjectedDiskException(string what) : IOException(what);
