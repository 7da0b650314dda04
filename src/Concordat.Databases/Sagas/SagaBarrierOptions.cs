using System.Data;

namespace Concordat.Databases;

/// <summary>Settings of a barrier.</summary>
public sealed class SagaBarrierOptions
{
    /// <summary>
    /// Of the transaction in which the handler works. The barrier itself needs no more than the default; with a stricter one more calls end as deadlocks or as not
    /// serializable, which the coordinator repeats.
    /// </summary>
    public IsolationLevel Isolation { get; set; } = IsolationLevel.ReadCommitted;
}
