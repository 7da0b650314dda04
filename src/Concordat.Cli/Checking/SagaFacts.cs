using Concordat.Core.Records;
using Concordat.Core.Sagas;

namespace Concordat.Cli.Checking;

/// <summary>What the coordinator's log says of one saga.</summary>
internal sealed class SagaFacts
{
    internal SagaFacts(SagaBegun begun, RecordReference begin)
    {
        Begin = begin;
        Steps = [.. begun.Spec.Steps.Select(step => new StepFacts(step))];
        for (var i = 0; i < Steps.Length; i++)
        {
            var names = begun.Spec.Steps[i].After ?? (i == 0 ? [] : [begun.Spec.Steps[i - 1].Name]);
            Steps[i].After = [.. names.Select(name => Array.FindIndex(Steps, step => step.Name == name))];
        }
    }

    internal RecordReference Begin { get; }

    internal StepFacts[] Steps { get; }

    /// <summary>Its begin stands in a checkpoint: what transactions its steps were may be beyond what the log holds.</summary>
    internal bool IsLoaded { get; init; }

    internal bool IsTurned { get; set; }

    internal bool IsEnded { get; set; }

    /// <summary>The log is a copy from earlier, and nobody has said that the saga goes on here.</summary>
    internal bool IsSuspended { get; set; }

    /// <summary>Its records, but for the words that it goes on, which hold for one copy.</summary>
    internal int Records { get; set; }

    /// <summary>How many of them the checkpoint that is being read has repeated.</summary>
    internal int Remembered { get; set; }

    /// <summary>Of a step: those that follow it.</summary>
    internal IEnumerable<StepFacts> Behind(int step) => Steps.Where(other => other.After.Contains(step));

    internal bool IsDone(int step) => step >= 0 && Steps[step].End == StepEnd.Done;
}

internal sealed class StepFacts(StepSpec spec)
{
    internal string Name { get; } = spec.Name;

    /// <summary>Places; -1 is a step that there is not, which is never done.</summary>
    internal int[] After { get; set; } = [];

    internal bool HasStarted { get; set; }

    internal StepEnd? End { get; set; }

    internal bool MayHaveHappened { get; set; }

    internal bool IsUndone { get; set; }

    /// <summary>Of its last attempt, where it is one.</summary>
    internal TransactionId? Transaction { get; set; }

    internal TransactionId? UndoTransaction { get; set; }

    internal bool Runs => HasStarted && End is null;

    internal bool WantsUndoing => End is not null && MayHaveHappened && !IsUndone;
}
