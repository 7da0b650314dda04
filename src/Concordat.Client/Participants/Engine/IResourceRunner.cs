using System.Buffers;
using Concordat.Core.Participation;

namespace Concordat.Client.Participants;

/// <summary>The engine's view of a resource manager, of either kind.</summary>
internal interface IResourceRunner
{
    /// <summary>Null where it has a store of its own.</summary>
    IReplayedResource? Replayed { get; }

    /// <summary>Runs it. Either returns the result, or null and comes back with it later, from any thread, exactly once.</summary>
    ResourceResult? Run(ParticipantEffect.Run run, Action<ResourceResult> later);

    void Apply(ReadOnlySpan<byte> change);

    void Save(IBufferWriter<byte> to);

    /// <summary>A stop begins: what runs has this long to end by itself.</summary>
    void CancelAfter(TimeSpan timeout);

    /// <summary>Cancels what runs and waits for it, no longer than it is given.</summary>
    Task StopAsync(TimeSpan timeout);
}
