namespace Concordat.Core.Encoding;

/// <summary>Reads what <see cref="RecordWriter"/> wrote. Whatever does not fit is a <see cref="RecordFormatException"/>, never a default.</summary>
public ref struct RecordReader(ReadOnlySpan<byte> source)
{
    /// <summary>Malformed bytes are an error, not a replacement character.</summary>
    private static readonly System.Text.UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = source;

    public readonly bool AtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new RecordFormatException($"a flag is {other}"),
    };

    public ulong Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            if (shift == 63 && next > 1)
            {
                break;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new RecordFormatException("a number has more than 64 bits");
    }

    /// <summary>A number of items or bytes; never more than the bytes that are left, since each item takes at least one.</summary>
    public int Count()
    {
        var value = Number();
        return value <= (ulong)_rest.Length ? (int)value : throw new RecordFormatException($"a count of {value} in {_rest.Length} bytes");
    }

    /// <summary>A place in a list, or a number that was one of 31 bits.</summary>
    public int Index()
    {
        var value = Number();
        return value <= int.MaxValue ? (int)value : throw new RecordFormatException($"{value} where at most {int.MaxValue} can stand");
    }

    public Timestamp Time()
    {
        var value = Number();
        return value <= (ulong)Timestamp.Last.UnixMilliseconds ? new((long)value) : throw new RecordFormatException($"{value} ms since 1970 is beyond the calendar");
    }

    public TransactionId Id()
    {
        try
        {
            return TransactionId.ReadFrom(Take(16));
        }
        catch (FormatException e)
        {
            throw new RecordFormatException(e.Message);
        }
    }

    public byte[] Bytes() => Take(Count()).ToArray();

    public string Text()
    {
        try
        {
            return Utf8.GetString(Take(Count()));
        }
        catch (System.Text.DecoderFallbackException e)
        {
            throw new RecordFormatException(e.Message);
        }
    }

    public string? OptionalText() => Flag() ? Text() : null;

    public TEnum Enum<TEnum>()
        where TEnum : struct, System.Enum
    {
        var value = (TEnum)System.Enum.ToObject(typeof(TEnum), Byte());
        return System.Enum.IsDefined(value) ? value : throw new RecordFormatException($"{value} is no {typeof(TEnum).Name}");
    }

    /// <summary>As <see cref="Enum{TEnum}"/>; 0 stands for none, whether the enumeration has it or not.</summary>
    public TEnum EnumOrZero<TEnum>()
        where TEnum : struct, System.Enum => !_rest.IsEmpty && _rest[0] == 0 ? Zero<TEnum>() : Enum<TEnum>();

    private TEnum Zero<TEnum>()
        where TEnum : struct, System.Enum
    {
        Byte();
        return default;
    }

    /// <summary>A record that has more than its fields was not written by this version.</summary>
    public readonly void End()
    {
        if (!AtEnd)
        {
            throw new RecordFormatException($"{_rest.Length} bytes after the last field");
        }
    }

    private ReadOnlySpan<byte> Take(int size)
    {
        if (size > _rest.Length)
        {
            throw new RecordFormatException($"{size} bytes wanted, {_rest.Length} left");
        }

        var taken = _rest[..size];
        _rest = _rest[size..];
        return taken;
    }
}

/// <summary>A record whose frame is good and whose content is not: written by another version, or by a bug. It stops the start.</summary>
public sealed class RecordFormatException(string message) : Exception(message);
