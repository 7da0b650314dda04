using Concordat.Core;

namespace Concordat.Server.Engine;

/// <summary>Reads both clocks at the edge.</summary>
internal sealed class EngineClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    internal Now Read() => new(time.GetElapsedTime(_start), Timestamp.From(time.GetUtcNow()));
}
