namespace Concordat.Log;

/// <summary>The first failure, which is also the last: whoever is about to write or sync asks here first.</summary>
internal sealed class FailStop
{
    private volatile Exception? _cause;

    internal bool HasFailed => _cause is not null;

    internal void ThrowIfFailed()
    {
        if (_cause is { } cause) throw new LogFailedException(cause);
    }

    internal LogFailedException Fail(Exception cause) =>
        cause as LogFailedException ?? new LogFailedException(Interlocked.CompareExchange(ref _cause, cause, null) ?? cause);
}
