using System.Buffers;

namespace Concordat.Core.Encoding;

/// <summary>
/// Writes the fields of a record: varints (LEB128), fixed ids, length-prefixed UTF-8 and bytes. It grows and is reused, so
/// that encoding allocates nothing in the steady state.
/// </summary>
public sealed class RecordWriter : IBufferWriter<byte>
{
    private byte[] _buffer = new byte[512];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Byte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Number(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _buffer[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_length++] = (byte)value;
    }

    public void Count(int value) => Number(checked((ulong)value));

    public void Time(Timestamp value) => Number(checked((ulong)value.UnixMilliseconds));

    public void Id(TransactionId value)
    {
        Reserve(16);
        value.WriteTo(_buffer.AsSpan(_length));
        _length += 16;
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Count(value.Length);
        Reserve(value.Length);
        value.CopyTo(_buffer.AsSpan(_length));
        _length += value.Length;
    }

    public void Text(string value)
    {
        var size = System.Text.Encoding.UTF8.GetByteCount(value);
        Count(size);
        Reserve(size);
        _length += System.Text.Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length));
    }

    /// <summary>A flag, then the text where there is one.</summary>
    public void OptionalText(string? value)
    {
        Flag(value is not null);
        if (value is not null)
        {
            Text(value);
        }
    }

    private void Reserve(int size)
    {
        if (_buffer.Length - _length < size)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + size));
        }
    }

    void IBufferWriter<byte>.Advance(int count) => _length += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_length);
    }

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_length);
    }
}
