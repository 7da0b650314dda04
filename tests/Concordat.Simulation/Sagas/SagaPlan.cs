using System.Text;
using Concordat.Core;
using Concordat.Core.Sagas;

namespace Concordat.Simulation;

/// <summary>A saga that a client begins.</summary>
internal sealed record SagaPlan
{
    public required int Number { get; init; }

    public required TimeSpan At { get; init; }

    public required int Client { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required IReadOnlyList<SagaStepPlan> Steps { get; init; }

    /// <summary>Null where the client has no key, and so never repeats.</summary>
    public string? Key { get; init; }

    /// <summary>How long after its begin somebody cancels it.</summary>
    public TimeSpan? CancelAfter { get; init; }

    /// <summary>How long after its begin a person looks, tries again what waits, and undoes by hand what fails.</summary>
    public TimeSpan? MeddleAfter { get; init; }

    internal SagaSpec Spec(string padding) => new()
    {
        Name = "saga" + Number,
        Timeout = Timeout,
        Labels = padding.Length == 0 ? [] : [new("padding", padding)],
        Steps = [.. Steps.Select((step, i) => step.Spec(Number, i))],
    };
}

/// <summary>A step: a call of one participant's service, or, where it has legs, a transaction.</summary>
internal sealed record SagaStepPlan
{
    public required int Participant { get; init; }

    /// <summary>Places of those that it follows; null: the one before it.</summary>
    public IReadOnlyList<int>? After { get; init; }

    public int Attempts { get; init; } = 3;

    public IReadOnlyList<Leg> Legs { get; init; } = [];

    public bool HasCompensation { get; init; } = true;

    /// <summary>The place of a step before it whose result its calls carry.</summary>
    public int? Uses { get; init; }

    /// <summary>Its compensation wants what that result does not have: nobody but a person can undo it.</summary>
    public bool IsObstructed { get; init; }

    public required Service Service { get; init; }

    internal StepSpec Spec(int saga, int place) => new(
        NameOf(place),
        Work(saga, place, isAction: true),
        HasCompensation ? Work(saga, place, isAction: false) : null,
        After?.Select(NameOf).ToArray(),
        Attempts,
        new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2)));

    internal static string NameOf(int place) => "s" + place;

    private StepWork Work(int saga, int place, bool isAction)
    {
        if (Legs.Count > 0)
        {
            return new StepTransaction([.. Legs.Select((leg, i) => Branch(saga, place, isAction ? leg : leg with { Amount = -leg.Amount }, i))]);
        }

        var body = new StringBuilder("{\"saga\":").Append(saga);
        if (!isAction)
        {
            body.Append(",\"mine\":").Append(Place(place, "/id", orNull: true));
        }

        if (Uses is { } earlier)
        {
            body.Append(",\"of\":").Append(Place(earlier, IsObstructed && !isAction ? "/nothing" : "/id", orNull: false));
        }

        return new StepCall("p" + Participant, $"/{saga}/{place}/{(isAction ? "do" : "undo")}", Encoding.ASCII.GetBytes(body.Append('}').ToString()));
    }

    private static string Place(int step, string path, bool orNull) =>
        $"{{\"$result\":\"{NameOf(step)}\",\"path\":\"{path}\"{(orNull ? ",\"default\":null" : "")}}}";

    /// <summary>Numbers that no transfer has.</summary>
    private static BranchSpec Branch(int saga, int place, Leg leg, int number)
    {
        var id = leg.OtherAccount == Leg.None ? $"{1000 + saga}.{(place * 10) + number}.{leg.Account}.{leg.Amount}" : $"{1000 + saga}.{(place * 10) + number}.{leg.Account}.{leg.Amount}.{leg.OtherAccount}";
        return new BranchSpec("p" + leg.Participant, "[]"u8.ToArray(), id);
    }
}

/// <summary>How the service of a step behaves.</summary>
/// <param name="Refuses">It answers every action with 409.</param>
/// <param name="Rejects">It answers the first time with 400, whatever it did.</param>
/// <param name="FailsBefore">That a call fails without any effect.</param>
/// <param name="FailsAfter">That one has its effect, and is answered with an error.</param>
/// <param name="Slow">A call is done up to so long after it came.</param>
internal sealed record Service(bool Refuses, bool Rejects, double FailsBefore, double FailsAfter, TimeSpan Slow)
{
    internal static Service Good { get; } = new(false, false, 0, 0, TimeSpan.Zero);
}
