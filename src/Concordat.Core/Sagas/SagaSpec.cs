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
public sealed record StepSpec(string Name, string Participant, StepCall Action, StepCall? Compensation, IReadOnlyList<string>? After, int Attempts, Backoff Retry);

/// <param name="Path">Begins with a slash, and is put behind the participant's address.</param>
/// <param name="Body">JSON; empty where there is none.</param>
public sealed record StepCall(string Path, ReadOnlyMemory<byte> Body);
