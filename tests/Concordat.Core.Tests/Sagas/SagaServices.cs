using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Sagas;

/// <summary>
/// What the services of a saga know, durably: each keeps the duty of docs/saga-services.md. An action that was done is not done again, a compensation is remembered
/// even where the action never came, and an action that comes after it is refused.
/// </summary>
internal sealed class SagaServices(Random random)
{
    private readonly Dictionary<int, string> _state = [];
    private readonly Dictionary<int, byte[]> _results = [];
    private int _values;

    /// <summary>How often the work of each action was done, and undone.</summary>
    internal Dictionary<int, int> Done { get; } = [];

    internal Dictionary<int, int> Undone { get; } = [];

    internal int EffectOf(int step) => Done.GetValueOrDefault(step) - Undone.GetValueOrDefault(step);

    internal CallResult Receive(int step, StepPhase phase, bool refuses)
    {
        if (phase == StepPhase.Compensation)
        {
            Undo(step);
            return Core.Done.Instance;
        }

        switch (_state.GetValueOrDefault(step))
        {
            case "undone":
                return new StepRefused("late");
            case "done":
                return new StepDone(_results[step]);
        }

        if (refuses)
        {
            return new StepRefused("no room");
        }

        _state[step] = "done";
        Done[step] = Done.GetValueOrDefault(step) + 1;
        var result = random.Next(6) switch
        {
            0 => "",
            1 => "{}",
            _ => $$"""{"v":{{++_values}}}""",
        };
        _results[step] = System.Text.Encoding.UTF8.GetBytes(result);
        return new StepDone(_results[step]);
    }

    /// <summary>By its compensation, or by a person.</summary>
    internal void Undo(int step)
    {
        if (_state.GetValueOrDefault(step) == "done")
        {
            Undone[step] = Undone.GetValueOrDefault(step) + 1;
        }

        _state[step] = "undone";
    }
}
