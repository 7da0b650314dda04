namespace Concordat.Client.Sagas;

/// <summary>One call of a step, as the coordinator made it.</summary>
public sealed record SagaStepCall
{
    /// <summary>The saga's id.</summary>
    public required TransactionId Saga { get; init; }

    /// <summary>The step's name, which no other step of the saga has.</summary>
    public required string Step { get; init; }

    public required SagaCallKind Kind { get; init; }

    /// <summary>The how many-th attempt, from 1; anew after a restart of the coordinator. For people: it does not tell what has happened.</summary>
    public required int Attempt { get; init; }

    /// <summary>The same for every attempt at this call: what is called in turn, outside of the barrier's database, can recognise a repetition by it.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>Of the request: what is scoped there lives as long as the call.</summary>
    public required IServiceProvider Services { get; init; }

    /// <summary>Fires when the coordinator waits no longer. It asks again.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Such as <c>action of flight, saga 0197…</c>.</summary>
    public override string ToString() => $"{(Kind == SagaCallKind.Action ? "action" : "compensation")} of {Step}, saga {Saga}";
}

public enum SagaCallKind
{
    /// <summary>Do it.</summary>
    Action = 1,

    /// <summary>Undo it.</summary>
    Compensation = 2,
}
