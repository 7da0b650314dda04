namespace Concordat.Log;

/// <summary>A run of staged bytes for one segment: the header where the segment is new, then whole frames.</summary>
internal readonly record struct StagedPart(long Segment, bool IsNew, int BufferStart, long Position);

/// <summary>What was appended and not yet taken by a flush. Grows by doubling; nothing is allocated per record.</summary>
internal sealed class StagingBuffer
{
    private const int FirstBytes = 64 * 1024;
    private byte[] _bytes = new byte[FirstBytes];

    internal int Length { get; private set; }

    internal List<StagedPart> Parts { get; } = [];

    internal Span<byte> Bytes => _bytes.AsSpan(0, Length);

    internal Span<byte> Add(int bytes)
    {
        int needed = checked(Length + bytes);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Clamp((long)_bytes.Length * 2, needed, Array.MaxLength));
        var place = _bytes.AsSpan(Length, bytes);
        Length = needed;
        return place;
    }

    internal Span<byte> BytesOf(int part)
    {
        int end = part + 1 < Parts.Count ? Parts[part + 1].BufferStart : Length;
        return _bytes.AsSpan(Parts[part].BufferStart, end - Parts[part].BufferStart);
    }

    internal void Clear(int retainBytes)
    {
        Length = 0;
        Parts.Clear();
        if (_bytes.Length > Math.Max(retainBytes, FirstBytes)) _bytes = new byte[FirstBytes];
    }
}
