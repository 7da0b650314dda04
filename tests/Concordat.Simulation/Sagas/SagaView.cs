using Concordat.Core.Records;
using Concordat.Core.Sagas;

namespace Concordat.Simulation;

/// <summary>What a log says of one saga: all of it, or what of it is durable. A naive reading, of flags.</summary>
internal sealed class SagaView(int steps)
{
    internal StepView[] Steps { get; } = [.. Enumerable.Range(0, steps).Select(_ => new StepView())];

    internal bool HasBegun { get; private set; }

    internal bool HasTurned { get; private set; }

    internal bool HasEnded { get; private set; }

    /// <summary>A restored copy, and nobody has said that it goes on.</summary>
    internal bool IsSuspended { get; set; }

    internal void Apply(SagaRecord record)
    {
        switch (record)
        {
            case SagaBegun:
                HasBegun = true;
                break;
            case StepStarted { Phase: StepPhase.Action } r:
                Steps[r.Step].HasStarted = true;
                break;
            case StepEnded r:
                Steps[r.Step].End = r;
                HasTurned |= r.End != StepEnd.Done;
                break;
            case SagaTurned:
                HasTurned = true;
                break;
            case StepUndone r:
                Steps[r.Step].Undone = r;
                break;
            case SagaResumed:
                IsSuspended = false;
                break;
            case SagaEnded:
                HasEnded = true;
                break;
        }
    }
}

internal sealed class StepView
{
    internal bool HasStarted { get; set; }

    internal StepEnded? End { get; set; }

    internal StepUndone? Undone { get; set; }

    internal bool IsDone => End?.End == StepEnd.Done;

    internal bool Runs => HasStarted && End is null;

    internal bool WantsUndoing => End is { } end && (end.MayHaveHappened || IsDone) && Undone is null;
}
