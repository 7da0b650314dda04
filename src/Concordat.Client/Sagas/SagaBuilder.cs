namespace Concordat.Client;

/// <summary>
/// Puts a <see cref="SagaRequest"/> together.
/// <code>
/// var trip = new SagaBuilder("trip")
///     .WithTimeout(TimeSpan.FromMinutes(10))
///     .WithStep("flight", s => s.Calls("flights", "/book", new { from = "VIE" })
///                               .UndoneBy("/cancel", new { booking = ResultOf.StepOrElse&lt;string?&gt;("flight", "/id", null) }))
///     .WithStep("hotel", s => s.Calls("hotels", "/reserve", new { arrival = ResultOf.Step("flight", "/arrival") })
///                              .UndoneBy("/release"))
///     .Build();
/// </code>
/// Without more, each step follows the one before it.
/// </summary>
public sealed class SagaBuilder(string? name = null)
{
    private readonly List<SagaStepRequest> _steps = [];
    private readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal);
    private TimeSpan? _timeout;

    /// <summary>Bounds the time to completion: more than 0, at most 30 days. Default one hour.</summary>
    public SagaBuilder WithTimeout(TimeSpan timeout)
    {
        _timeout = timeout;
        return this;
    }

    public SagaBuilder WithLabel(string key, string value)
    {
        _labels[key] = value;
        return this;
    }

    /// <param name="name">Of the form of a participant's name, each once in a saga.</param>
    /// <exception cref="InvalidOperationException">The step says neither whom it calls nor what it transacts.</exception>
    public SagaBuilder WithStep(string name, Action<StepBuilder> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        var builder = new StepBuilder(name);
        step(builder);
        _steps.Add(builder.Build());
        return this;
    }

    public SagaRequest Build() => new()
    {
        Name = name,
        TimeoutSeconds = _timeout?.TotalSeconds,
        Labels = _labels.Count == 0 ? null : new Dictionary<string, string>(_labels, StringComparer.Ordinal),
        Steps = [.. _steps],
    };
}
