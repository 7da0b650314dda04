using System.Buffers.Binary;
using Concordat.Core;
using Concordat.Core.Recovery;
using Concordat.Log;

namespace Concordat.Server.Engine;

/// <summary>Hands the log's records to the core's replay, and remembers where its checkpoints stand.</summary>
internal sealed class LogReplaying(CoordinatorOptions options, ulong seed)
{
    private readonly List<(LogPosition Begin, long EndsBefore, long Size)> _checkpoints = [];
    private (LogPosition Begin, long EndsBefore)? _open;

    internal CoordinatorReplay Core { get; private set; } = null!;

    internal LogReplay For(Guid identity)
    {
        Core = new CoordinatorReplay(options, CoordinatorNumber(identity), seed);
        return OnRecord;
    }

    internal void TellCheckpoints(CheckpointKeeper keeper)
    {
        foreach (var (begin, endsBefore, size) in _checkpoints)
        {
            keeper.Replayed(begin, endsBefore, size);
        }
    }

    /// <summary>The coordinator's share of its ids: the first 40 bits of the log's random identity.</summary>
    internal static ulong CoordinatorNumber(Guid identity)
    {
        Span<byte> bytes = stackalloc byte[16];
        identity.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 24;
    }

    private void OnRecord(LogPosition position, byte type, ReadOnlySpan<byte> payload)
    {
        if (CoordinatorReplay.BeginsCheckpoint(type))
        {
            _open = (position, Core.Ends);
        }
        else if (CoordinatorReplay.EndsCheckpoint(type) && _open is { } open)
        {
            _checkpoints.Add((open.Begin, open.EndsBefore, position.Value - open.Begin.Value));
            _open = null;
        }

        Core.Apply(type, payload);
    }
}
