using Concordat.Core.Participation;

namespace Concordat.Client.Participants;

/// <summary>What the engine's thread is asked to do.</summary>
internal abstract record EngineWork
{
    private EngineWork()
    {
    }

    public sealed record Input(ParticipantInput What) : EngineWork;

    public sealed record Change(ReplyCaller Caller, byte[] Bytes) : EngineWork;

    /// <param name="Function">Runs on the engine's thread, and gives what is to be done when all that it saw is durable.</param>
    public sealed record Read(Func<Action> Function) : EngineWork;
}
