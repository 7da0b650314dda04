namespace Concordat.Client.Sagas;

/// <summary>
/// What makes a step's handlers plain business code: it remembers, in the service's own database and in the same local transaction as the handler's work, which
/// calls there were. A barrier is one database; a step's action and its compensation have the same one.
/// </summary>
/// <remarks>
/// A store that is another one than those of Concordat.Databases implements this. What it must hold to, whatever calls come at once, in any order, and wherever a
/// process or the store dies:
/// <list type="bullet">
/// <item>The work and the memory of it are committed together, or neither.</item>
/// <item>An action that was done is not done again: its first result is answered. Its repetition waits for one that is under way.</item>
/// <item>A compensation waits for the action that is under way, and undoes it when it was done.</item>
/// <item>A compensation of what was not done does nothing, and is remembered all the same.</item>
/// <item>After a compensation, whichever, no action is done, and no compensation again.</item>
/// <item>Work that throws leaves nothing, neither its own nor the memory of the call.</item>
/// </list>
/// </remarks>
public interface ISagaBarrier
{
    /// <summary>What it was registered as.</summary>
    string Name { get; }

    /// <summary>Does the work, unless the call is one that must not be done.</summary>
    /// <param name="work">
    /// Called once or not at all. What it returns is kept as the action's result, and answered to repetitions. What it throws is thrown here, when everything is
    /// rolled back.
    /// </param>
    /// <param name="cancellationToken">Rolls back, unless the commit has begun: that is waited for.</param>
    /// <exception cref="SagaBarrierUnavailableException">It is not known whether it was done, or cannot be done now: the same call again finds out.</exception>
    Task<BarrierAnswer> RunAsync(SagaStepCall call, Func<SagaTransaction, Task<ReadOnlyMemory<byte>>> work, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes the memory of steps that were last called longer ago than that, in batches. <b>A step that was done and is forgotten can no longer be compensated</b>: its
    /// compensation is answered, and does nothing. So keep them for as long as a saga can last, with what it needs to be compensated.
    /// </summary>
    /// <param name="olderThan">More than zero, by the database's clock.</param>
    /// <param name="cancellationToken">What was removed by then stays so.</param>
    /// <returns>How many steps were removed.</returns>
    Task<long> ForgetAsync(TimeSpan olderThan, CancellationToken cancellationToken = default);
}
