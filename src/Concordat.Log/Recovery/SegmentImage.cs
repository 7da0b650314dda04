namespace Concordat.Log;

/// <summary>One segment file read into memory; the buffer is used again for the next.</summary>
internal sealed class SegmentImage(ILogStorage storage)
{
    private byte[] _buffer = [];
    private int _length;

    internal long Number { get; private set; } = -1;

    internal string File { get; private set; } = "";

    internal SegmentHeader? Header { get; private set; }

    internal ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>A read error ends the start: what cannot be read cannot be judged.</summary>
    internal void Load(long number)
    {
        string name = LogFormat.SegmentName(number);
        string file = $"{storage.Location}/{name}";
        using var segment = storage.Open(name, writable: false);
        if (segment.Length > LogOptions.MaxSegmentSizeBytes)
            throw new LogDamagedException(file, 0, default, $"the file has {segment.Length} bytes, more than any segment");
        int length = (int)segment.Length;
        if (_buffer.Length < length) _buffer = new byte[length];
        int read = segment.Read(_buffer.AsSpan(0, length), 0);
        if (read != length) throw new IOException($"Only {read} of the {length} bytes of '{file}' could be read.");
        Number = number;
        File = file;
        _length = length;
        Header = SegmentHeader.Read(Bytes, file);
    }

    internal static List<long> Numbers(ILogStorage storage)
    {
        var numbers = new List<long>();
        foreach (string name in storage.List())
        {
            if (LogFormat.TryParseSegmentName(name, out long number)) numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }
}
