namespace Concordat.Server.Http;

/// <summary>
/// Bounds the requests that wait for an outcome or an end, so that a slow participant cannot fill the memory with waiting
/// clients. What is answered at once is never counted; inquiries that wait, requests for locks, and who waits for the end of a saga have as many seats of their own each: they must not take those of the commits that they
/// wait for.
/// </summary>
internal sealed class WaitGate(int most)
{
    private int _waiting;
    private int _inquiring;
    private int _locking;
    private int _watching;
    private long _refused;

    public int Waiting => Volatile.Read(ref _waiting);

    public long Refused => Interlocked.Read(ref _refused);

    /// <exception cref="ProblemException">503: as many wait as are allowed.</exception>
    public void Enter()
    {
        if (Interlocked.Increment(ref _waiting) <= most)
        {
            return;
        }

        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _refused);
        throw ProblemTypes.TooManyWaiting.With($"{most} requests wait for an outcome, the most that are allowed; nothing was begun");
    }

    public void Leave() => Interlocked.Decrement(ref _waiting);

    /// <summary>For a lock that may have to be waited for.</summary>
    /// <exception cref="ProblemException">503: as many wait as are allowed.</exception>
    public void EnterLock()
    {
        if (Interlocked.Increment(ref _locking) <= most)
        {
            return;
        }

        LeaveLock();
        Interlocked.Increment(ref _refused);
        throw ProblemTypes.TooManyWaiting.With($"{most} requests wait for locks, the most that are allowed; nothing was locked");
    }

    /// <summary>For the end of a saga, which may be far away.</summary>
    /// <exception cref="ProblemException">503: as many wait as are allowed.</exception>
    public void EnterSaga()
    {
        if (Interlocked.Increment(ref _watching) <= most)
        {
            return;
        }

        LeaveSaga();
        Interlocked.Increment(ref _refused);
        throw ProblemTypes.TooManyWaiting.With($"{most} requests wait for the end of sagas, the most that are allowed; nothing was begun");
    }

    public void LeaveSaga() => Interlocked.Decrement(ref _watching);

    public void LeaveLock() => Interlocked.Decrement(ref _locking);

    /// <summary>For inquiries that wait. False: answer as things stand.</summary>
    public bool TryEnterInquiry()
    {
        if (Interlocked.Increment(ref _inquiring) <= most)
        {
            return true;
        }

        LeaveInquiry();
        return false;
    }

    public void LeaveInquiry() => Interlocked.Decrement(ref _inquiring);
}
