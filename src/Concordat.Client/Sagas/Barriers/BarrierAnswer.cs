namespace Concordat.Client.Sagas;

/// <summary>What became of a call at a barrier.</summary>
/// <param name="Result">Of an action that is done: JSON, or empty.</param>
public sealed record BarrierAnswer(BarrierVerdict Verdict, ReadOnlyMemory<byte> Result);

public enum BarrierVerdict
{
    /// <summary>The work was done now, and is committed.</summary>
    Done = 1,

    /// <summary>It had been done before; nothing was done now.</summary>
    Repeated = 2,

    /// <summary>A compensation of what had not been done: nothing was done, and no action will be.</summary>
    Empty = 3,

    /// <summary>An action after its compensation: nothing was done.</summary>
    Late = 4,
}
