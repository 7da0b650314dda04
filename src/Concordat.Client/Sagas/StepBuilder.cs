using System.Text.Json;

namespace Concordat.Client;

/// <summary>Says what a step of a <see cref="SagaBuilder"/> does, and what undoes it. Bodies are serialized as the web does: camelCase.</summary>
public sealed class StepBuilder
{
    private SagaStepRequest _step;

    internal StepBuilder(string name) => _step = new SagaStepRequest { Name = name };

    /// <summary>Calls a service: <c>POST {address}{path}</c>.</summary>
    public StepBuilder Calls(string participant, string path) => With(_step with { Participant = participant, Action = new StepCallRequest(path) });

    /// <summary>The same with a body; places for results in it are made by <see cref="ResultOf"/>.</summary>
    public StepBuilder Calls<T>(string participant, string path, T body) =>
        With(_step with { Participant = participant, Action = new StepCallRequest(path, Json(body)) });

    /// <summary>Is a transaction over several services: it happens at all of them, or at none.</summary>
    public StepBuilder Transacts(params BranchRequest[] branches) => With(_step with { Branches = branches });

    /// <summary>Undone by another call of the same service.</summary>
    public StepBuilder UndoneBy(string path) => With(_step with { Compensation = new CompensationRequest { Path = path } });

    public StepBuilder UndoneBy<T>(string path, T body) => With(_step with { Compensation = new CompensationRequest { Path = path, Body = Json(body) } });

    /// <summary>Undone by a call of another service.</summary>
    public StepBuilder UndoneAt<T>(string participant, string path, T body) =>
        With(_step with { Compensation = new CompensationRequest { Participant = participant, Path = path, Body = Json(body) } });

    /// <summary>Undone by a transaction over several services.</summary>
    public StepBuilder UndoneByTransaction(params BranchRequest[] branches) => With(_step with { Compensation = new CompensationRequest { Branches = branches } });

    /// <summary>Begins when these are done, and not before; with none at once. Without this: when the step before it is done.</summary>
    public StepBuilder After(params string[] steps) => With(_step with { After = steps });

    /// <param name="attempts">Of the action: then it has failed. A compensation that failed as often is stuck, and repeated all the same.</param>
    /// <param name="first">The first wait, doubled with every failure. Null: 0.1 s.</param>
    /// <param name="longest">Null: 30 s.</param>
    public StepBuilder Retry(int attempts, TimeSpan? first = null, TimeSpan? longest = null) =>
        With(_step with { Retry = new StepRetryRequest(attempts, first?.TotalSeconds, longest?.TotalSeconds) });

    /// <summary>How long one attempt may take: at most an hour. Default: as the coordinator is set.</summary>
    public StepBuilder CallTimeout(TimeSpan timeout) => With(_step with { CallTimeoutSeconds = timeout.TotalSeconds });

    internal SagaStepRequest Build() => _step is { Action: null, Branches: null }
        ? throw new InvalidOperationException($"Step '{_step.Name}' does nothing: say whom it {nameof(Calls)}, or what it {nameof(Transacts)}.")
        : _step;

    private static JsonElement Json<T>(T body) => JsonSerializer.SerializeToElement(body, JsonSerializerOptions.Web);

    private StepBuilder With(SagaStepRequest step)
    {
        _step = step;
        return this;
    }
}
