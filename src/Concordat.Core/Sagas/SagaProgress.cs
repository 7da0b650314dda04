namespace Concordat.Core.Sagas;

/// <summary>
/// What a saga has come to, and what may be done next. It knows neither time nor log nor calls: who drives it starts what it names and tells it what came of it.
/// The idea is of "Sagas" (Garcia-Molina and Salem, SIGMOD 1987), for a graph of steps instead of a row of them.
/// </summary>
internal sealed class SagaProgress
{
    private readonly SagaGraph _graph;
    private readonly StepProgress[] _steps;
    private readonly bool[] _mayHaveHappened;
    private int _running, _toBeUndone, _notDone;

    internal SagaProgress(SagaGraph graph)
    {
        _graph = graph;
        _steps = new StepProgress[graph.Count];
        _mayHaveHappened = new bool[graph.Count];
        _notDone = graph.Count;
    }

    /// <summary>No step starts any more: what may have happened is undone.</summary>
    internal bool IsTurned { get; private set; }

    internal bool IsCompleted => _notDone == 0 && !IsTurned;

    /// <summary>It has turned, nothing runs and nothing is left to be undone.</summary>
    internal bool IsUndone => IsTurned && _running == 0 && _toBeUndone == 0;

    internal StepProgress this[int step] => _steps[step];

    /// <summary>Whether an attempt may have had its effect, as far as is known.</summary>
    internal bool MayHaveHappened(int step) => _mayHaveHappened[step];

    internal bool MayStart(int step)
    {
        if (IsTurned || _steps[step] != StepProgress.Waiting)
        {
            return false;
        }

        foreach (var earlier in _graph.After(step))
        {
            if (_steps[earlier] != StepProgress.Done)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Those that followed it are undone, or did nothing.</summary>
    internal bool MayUndo(int step)
    {
        if (_steps[step] != StepProgress.ToBeUndone)
        {
            return false;
        }

        foreach (var later in _graph.Before(step))
        {
            if (_steps[later] is not (StepProgress.Undone or StepProgress.Refused or StepProgress.Skipped))
            {
                return false;
            }
        }

        return true;
    }

    internal void Start(int step)
    {
        Require(MayStart(step), step, "starts");
        _steps[step] = StepProgress.Running;
        _running++;
    }

    /// <summary>An attempt ended so that it may have had its effect, or its end was not heard of. From then on no refusal proves that nothing happened.</summary>
    internal void Doubt(int step)
    {
        Require(_steps[step] == StepProgress.Running, step, "is in doubt");
        _mayHaveHappened[step] = true;
    }

    internal void Done(int step)
    {
        Require(_steps[step] == StepProgress.Running, step, "is done");
        _running--;
        _mayHaveHappened[step] = true;
        if (IsTurned)
        {
            BeUndone(step);
            return;
        }

        _steps[step] = StepProgress.Done;
        _notDone--;
    }

    /// <summary>It was refused, or given up: no attempt of it is under way, and none follows. The saga turns, if it has not yet.</summary>
    internal void End(int step)
    {
        Require(_steps[step] == StepProgress.Running, step, "ends");
        _running--;
        _steps[step] = _mayHaveHappened[step] ? StepProgress.Failed : StepProgress.Refused;
        if (!IsTurned)
        {
            Turn();
        }
        else if (_steps[step] == StepProgress.Failed)
        {
            BeUndone(step);
        }
    }

    /// <summary>From here it goes back. What runs must still end, one way or the other.</summary>
    internal void Turn()
    {
        Require(!IsTurned && !IsCompleted, step: -1, "turns");
        IsTurned = true;
        for (var step = 0; step < _steps.Length; step++)
        {
            switch (_steps[step])
            {
                case StepProgress.Waiting:
                    _steps[step] = StepProgress.Skipped;
                    break;
                case StepProgress.Done or StepProgress.Failed:
                    BeUndone(step);
                    break;
            }
        }
    }

    internal void Undone(int step)
    {
        Require(MayUndo(step), step, "is undone");
        _steps[step] = StepProgress.Undone;
        _toBeUndone--;
    }

    private void BeUndone(int step)
    {
        _steps[step] = StepProgress.ToBeUndone;
        _toBeUndone++;
    }

    private void Require(bool holds, int step, string what) =>
        ProtocolViolationException.ThrowUnless(holds, $"step {step} {what}, and it is {(step < 0 ? "turned or completed" : _steps[step].ToString())}");
}
