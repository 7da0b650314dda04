namespace Concordat.Core.Sagas;

/// <summary>What an application asks for. Forms and ranges were checked at the edge; how the steps hang together is checked by <see cref="SagaDefinition"/>.</summary>
public sealed record SagaSpec
{
    public string? Name { get; init; }
    public required TimeSpan Timeout { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
    public required IReadOnlyList<StepSpec> Steps { get; init; }

    /// <summary>W3C trace context, passed on with every call.</summary>
    public string? TraceParent { get; init; }
}

/// <param name="Compensation">Null where there is nothing to undo.</param>
/// <param name="After">The names of steps that must be done first; null: the one before it in the list.</param>
/// <param name="Attempts">Of the action; a compensation that failed as often is stuck, and repeated all the same.</param>
/// <param name="Retry">The wait between them.</param>
/// <param name="CallTimeout">Of one attempt; null: what the coordinator gives every call.</param>
public sealed record StepSpec(
    string Name, StepWork Action, StepWork? Compensation, IReadOnlyList<string>? After, int Attempts, Backoff Retry, TimeSpan? CallTimeout = null);

/// <summary>What a step does, or what undoes it. A closed set.</summary>
public abstract record StepWork
{
    private protected StepWork()
    {
    }
}

/// <summary>A call of one service.</summary>
/// <param name="Path">Begins with a slash, and is put behind the participant's address.</param>
/// <param name="Body">JSON; empty where there is none.</param>
public sealed record StepCall(string Participant, string Path, ReadOnlyMemory<byte> Body) : StepWork;

/// <summary>A transaction over several services, begun anew for each attempt.</summary>
/// <param name="Branches">Without votes.</param>
public sealed record StepTransaction(IReadOnlyList<BranchSpec> Branches) : StepWork;

/// <summary>The two things that a step can be about.</summary>
public enum StepPhase
{
    Action = 1,
    Compensation = 2,
}

/// <summary>The sizes that sagas are held to.</summary>
public static class SagaLimits
{
    public const int MaxSteps = 1000;
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>Of what an action answers.</summary>
    public const int MaxResultBytes = 16 * 1024;

    /// <summary>Of the same: a document has it some levels down.</summary>
    public const int MaxResultDepth = 32;

    /// <summary>A body with the places for results filled.</summary>
    public const int MaxFilledBytes = 1024 * 1024;
}
