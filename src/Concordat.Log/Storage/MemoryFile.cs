namespace Concordat.Log;

/// <summary>Content of one file: what a power cut leaves for certain, and the writes since the last sync in order.</summary>
internal sealed class MemoryFile
{
    private readonly byte[] _current;
    private readonly byte[] _durable;

    internal MemoryFile(byte[] content)
    {
        _current = content;
        _durable = (byte[])content.Clone();
    }

    internal List<UnsyncedWrite> Pending { get; } = [];

    internal int Length => _current.Length;

    internal ReadOnlySpan<byte> Current => _current;

    internal byte[] Durable => _durable;

    internal void Write(long order, ReadOnlySpan<byte> bytes, long offset)
    {
        bytes.CopyTo(_current.AsSpan((int)offset));
        Pending.Add(new UnsyncedWrite(order, (int)offset, bytes.ToArray()));
    }

    internal void Sync()
    {
        foreach (var write in Pending) write.Bytes.CopyTo(_durable.AsSpan(write.Offset));
        Pending.Clear();
    }
}

/// <summary>Order rises over all files of a storage.</summary>
internal readonly record struct UnsyncedWrite(long Order, int Offset, byte[] Bytes);
