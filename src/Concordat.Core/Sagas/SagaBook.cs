using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>All sagas that are known, and how many are in each state.</summary>
internal sealed class SagaBook
{
    private readonly int[] _byState = new int[6];

    /// <summary>A <see cref="Saga"/> that has not ended, or a <see cref="FinishedSaga"/>.</summary>
    internal IdTable Table { get; } = new();

    /// <summary>Not ended.</summary>
    internal int Live { get; private set; }

    /// <summary>What those that have not ended take in a checkpoint.</summary>
    internal long CheckpointBytes { get; private set; }

    /// <summary>A restart is under way: nothing is started before all is known again.</summary>
    internal bool IsResuming;

    internal int InState(SagaState state) => _byState[(int)state];

    internal void Grow(Saga saga, long bytes)
    {
        saga.CheckpointBytes += bytes;
        CheckpointBytes += bytes;
    }

    /// <summary>To be called when a saga may have come to another state.</summary>
    internal void Count(Saga saga)
    {
        if (saga.CountedAs is { } before)
        {
            _byState[(int)before]--;
            Live--;
        }

        saga.CountedAs = saga.EndedAt is null ? saga.State : null;
        if (saga.CountedAs is { } now)
        {
            _byState[(int)now]++;
            Live++;
        }
    }
}
