namespace Concordat.Samples.Bank.Driver;

/// <summary>How far the transfers are, and tasks that wait for a certain one.</summary>
internal sealed class TransferProgress(int total)
{
    private readonly Dictionary<int, TaskCompletionSource> _milestones = [];
    private int _finished;
    private int _inFlight;

    public int Total => total;

    public int Finished => Volatile.Read(ref _finished);

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Ends when so many transfers are finished. To be asked before the first begins.</summary>
    public Task Reaching(int finished)
    {
        if (!_milestones.TryGetValue(finished, out var milestone))
        {
            _milestones[finished] = milestone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return milestone.Task;
    }

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End()
    {
        Interlocked.Decrement(ref _inFlight);
        if (_milestones.TryGetValue(Interlocked.Increment(ref _finished), out var milestone))
        {
            milestone.SetResult();
        }
    }
}
