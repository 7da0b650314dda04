using Concordat.Core.Records;

namespace Concordat.Core.Locking;

/// <summary>
/// Fencing tokens: numbers that rise for ever. They are reserved by the block, durably, before the first of the block is handed out; a
/// restart goes on behind the last block. So a grant may be answered before its own record is durable, and its token is still never
/// given again.
/// </summary>
internal sealed class TokenBook
{
    /// <summary>The largest number that a JSON reader with doubles keeps.</summary>
    internal const long Last = (1L << 53) - 1;

    private const int BlockSize = 1 << 20;

    /// <summary>A million for each second since 1970. There is room for them until 2242.</summary>
    private const int PerSecondBits = 20;

    private long _last;

    /// <summary>None beyond it was handed out.</summary>
    internal long Reserved { get; private set; }

    /// <summary>What every answer with a token waits for.</summary>
    internal long Record { get; private set; }

    internal void Replay(long reserved) => _last = Reserved = Math.Max(Reserved, reserved);

    /// <summary>
    /// The log is a copy from earlier: tokens that came after it are not known. It goes on at a place that the time of the start gives, beyond whatever the copy's later life
    /// has reserved by the block, and beyond other starts on the same copy; unless more than a million are handed out each second, or the clock is set back.
    /// </summary>
    internal void Leap(Timestamp at) => Replay(Math.Max(Reserved + BlockSize, (at.UnixMilliseconds / 1000) << PerSecondBits));

    internal long Issue(CoordinatorState s)
    {
        if (_last == Reserved)
        {
            Reserved += BlockSize;
            ProtocolViolationException.ThrowUnless(Reserved <= Last, $"fencing tokens are used up at {Reserved}");
            Record = s.AppendForced(new TokensReserved(s.Clock.Time, Reserved), transaction: null);
        }

        return ++_last;
    }
}
