using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Sagas;

/// <summary>The rules of a saga, read off the list of what happened, each time anew.</summary>
internal sealed class NaiveSaga(int[][] after)
{
    private readonly List<(string What, int Step)> _log = [];

    internal bool IsTurned => _log.Any(e => e.What is "turn" or "end");

    internal bool IsCompleted => !IsTurned && Steps.All(Was("done"));

    internal bool IsUndone => IsTurned && !Steps.Any(IsRunning) && Steps.Where(MustBeUndone).All(Was("undone"));

    private IEnumerable<int> Steps => Enumerable.Range(0, after.Length);

    internal void Add(string what, int step = -1) => _log.Add((what, step));

    internal bool IsRunning(int step) => Was("start")(step) && !Was("done")(step) && !Was("end")(step);

    internal bool MayStart(int step) => !IsTurned && !Was("start")(step) && after[step].All(Was("done"));

    internal bool MustBeUndone(int step) => IsTurned && (Was("done")(step) || (Was("end")(step) && Was("doubt")(step)));

    internal bool MayUndo(int step) =>
        MustBeUndone(step) && !Was("undone")(step)
        && Steps.Where(later => after[later].Contains(step)).All(later => !IsRunning(later) && (!MustBeUndone(later) || Was("undone")(later)));

    internal StepProgress Of(int step) =>
        Was("undone")(step) ? StepProgress.Undone
        : MustBeUndone(step) ? StepProgress.ToBeUndone
        : Was("done")(step) ? StepProgress.Done
        : Was("end")(step) ? StepProgress.Refused
        : IsRunning(step) ? StepProgress.Running
        : IsTurned ? StepProgress.Skipped
        : StepProgress.Waiting;

    /// <summary>The order in which steps were undone.</summary>
    internal IReadOnlyList<int> UndoneInOrder => [.. _log.Where(e => e.What == "undone").Select(e => e.Step)];

    private Func<int, bool> Was(string what) => step => _log.Contains((what, step));
}
