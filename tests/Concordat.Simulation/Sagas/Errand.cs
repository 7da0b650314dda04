using Concordat.Core.Records;
using Concordat.Core.Sagas;

namespace Concordat.Simulation;

/// <summary>What the world knows of one saga: from the bytes on the coordinator's disk, the messages and the services.</summary>
internal sealed class Errand(SagaBegun begun)
{
    internal TransactionId Id => begun.Id;

    internal string? Key => begun.Key?.Value;

    internal IReadOnlyList<StepSpec> Specs => begun.Spec.Steps;

    internal int Number { get; } = int.Parse(begun.Spec.Name!.AsSpan("saga".Length), System.Globalization.CultureInfo.InvariantCulture);

    internal ErrandStep[] Steps { get; } = [.. begun.Spec.Steps.Select(_ => new ErrandStep())];

    /// <summary>Of each step, those that it follows: by its own reading of the request.</summary>
    internal int[][] After { get; } = [.. begun.Spec.Steps.Select((step, i) => step.After is { } names
        ? [.. names.Select(name => Place(begun.Spec, name))]
        : i == 0 ? Array.Empty<int>() : [i - 1])];

    internal SagaView Written { get; set; } = new(begun.Spec.Steps.Count);

    internal SagaView Durable { get; set; } = new(begun.Spec.Steps.Count);

    /// <summary>In which life of the coordinator its turn became durable.</summary>
    internal int? TurnedIn { get; set; }

    internal bool WasTold { get; set; }

    internal SagaOutcome? ToldOutcome { get; set; }

    /// <summary>When its end was seen: it is not forgotten before its time.</summary>
    internal TimeSpan EndedAt { get; set; } = TimeSpan.MaxValue;

    internal IEnumerable<int> Behind(int step) => Enumerable.Range(0, After.Length).Where(other => After[other].Contains(step));

    internal void Restart()
    {
        Written = new(Specs.Count);
        Durable = new(Specs.Count);
    }

    internal static int Place(SagaSpec spec, string name) => Enumerable.Range(0, spec.Steps.Count).First(i => spec.Steps[i].Name == name);
}

internal sealed class ErrandStep
{
    /// <summary>Calls of its action that left, in all lives of the coordinator.</summary>
    internal int Sent { get; set; }

    /// <summary>Those of which the coordinator heard that they did certainly nothing.</summary>
    internal int SentInVain { get; set; }

    internal int Effects { get; set; }

    /// <summary>The coordinator died while it ran: what it had heard of it may be forgotten.</summary>
    internal bool IsTouched { get; set; }

    /// <summary>How far it was shown, by its state.</summary>
    internal int Shown { get; set; }

    /// <summary>The transactions that it was, and those that undid it.</summary>
    internal List<TransactionId> Transactions { get; } = [];

    internal List<TransactionId> Compensations { get; } = [];
}
