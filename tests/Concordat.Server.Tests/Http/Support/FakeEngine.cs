using System.Collections.Concurrent;
using Concordat.Core;
using Concordat.Server.Engine;

namespace Concordat.Server.Tests.Http;

/// <summary>An engine that remembers what it was asked and answers what a test tells it to.</summary>
internal sealed class FakeEngine : ICoordinatorEngine
{
    private sealed class FakeCaller : Caller;

    public EngineState State { get; set; } = EngineState.Ready;

    public EngineCounts Counts { get; set; } = new();

    /// <summary>What reached the engine, in order. Empty where the edge refused.</summary>
    public ConcurrentQueue<Input> Asked { get; } = new();

    public Func<Input, Task<Response>> OnAsk { get; set; } = input => Task.FromResult(Documents.AnswerTo(input));

    public Input Last => Asked.Last();

    public Task<Response> AskAsync(Func<Caller, Request> makeInput)
    {
        var input = makeInput(new FakeCaller());
        Asked.Enqueue(input);
        return OnAsk(input);
    }

    public void Answer(Response response) => OnAsk = _ => Task.FromResult(response);
}
