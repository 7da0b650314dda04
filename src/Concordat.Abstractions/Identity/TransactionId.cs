using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>
/// The id of a global transaction: a version 8 UUID that is issued once.
/// </summary>
/// <remarks>
/// Big-endian layout, 122 free bits (RFC 9562, section 5.8):
/// <code>
/// 40 bits coordinator | 8+4+8+6+16 = 42 bits epoch nonce, around version and variant | 40 bits counter
/// </code>
/// The coordinator's number is random and made with its log; the nonce is random and new at every start; the counter rises
/// by one. So no id is ever used twice, and the ids of one epoch sort by creation. Clients treat it as opaque.
/// </remarks>
[JsonConverter(typeof(TransactionIdJsonConverter))]
public readonly record struct TransactionId : IComparable<TransactionId>
{
    public const ulong MaxCoordinator = (1UL << 40) - 1;
    public const ulong MaxNonce = (1UL << 42) - 1;
    public const ulong MaxCounter = (1UL << 40) - 1;

    private static readonly System.Buffers.SearchValues<char> TextCharacters = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF-");

    private readonly ulong _high;
    private readonly ulong _low;

    private TransactionId(ulong high, ulong low) => (_high, _low) = (high, low);

    /// <exception cref="ArgumentOutOfRangeException">A part has more bits than its share.</exception>
    public TransactionId(ulong coordinator, ulong nonce, ulong counter)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(coordinator, MaxCoordinator);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nonce, MaxNonce);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(counter, MaxCounter);
        _high = (coordinator << 24) | ((nonce >> 34) << 16) | 0x8000 | (((nonce >> 30) & 0xF) << 8) | ((nonce >> 22) & 0xFF);
        _low = (0b10UL << 62) | ((nonce & 0x3F_FFFF) << 40) | counter;
    }

    /// <summary>Which coordinator issued it: 40 bits, random, made with its log.</summary>
    public ulong Coordinator => _high >> 24;

    /// <summary>In which of its epochs: 42 bits, random, new at every start.</summary>
    public ulong Nonce => ((_high >> 16) & 0xFF) << 34 | ((_high >> 8) & 0xF) << 30 | (_high & 0xFF) << 22 | ((_low >> 40) & 0x3F_FFFF);

    /// <summary>The how many-th of its epoch: 40 bits.</summary>
    public ulong Counter => _low & MaxCounter;

    /// <summary>The same value for <c>System.Transactions</c> and databases.</summary>
    public Guid ToGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteTo(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Writes the 16 bytes in the order of the text form.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
    }

    /// <exception cref="FormatException">The bytes are no id of ours (version or variant).</exception>
    public static TransactionId ReadFrom(ReadOnlySpan<byte> source)
    {
        var id = new TransactionId(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));
        return id.HasOurForm ? id : throw new FormatException($"{id} is not a version 8 UUID");
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out TransactionId id)
    {
        id = default;

        // The exact parse of a Guid lets white space around it pass, and signs and 0x within.
        if (text is not { Length: 36 } || text.AsSpan().ContainsAnyExcept(TextCharacters) || !Guid.TryParseExact(text, "D", out var guid))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        guid.TryWriteBytes(bytes, bigEndian: true, out _);
        id = new TransactionId(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        return id.HasOurForm;
    }

    /// <exception cref="FormatException">The text is not the 36-character form of a version 8 UUID.</exception>
    public static TransactionId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a transaction id (a version 8 UUID)");

    private bool HasOurForm => ((_high >> 12) & 0xF) == 8 && _low >> 62 == 0b10;

    public int CompareTo(TransactionId other)
    {
        var high = _high.CompareTo(other._high);
        return high != 0 ? high : _low.CompareTo(other._low);
    }

    public override string ToString() => ToGuid().ToString("D");

    public static bool operator <(TransactionId left, TransactionId right) => left.CompareTo(right) < 0;
    public static bool operator >(TransactionId left, TransactionId right) => left.CompareTo(right) > 0;
    public static bool operator <=(TransactionId left, TransactionId right) => left.CompareTo(right) <= 0;
    public static bool operator >=(TransactionId left, TransactionId right) => left.CompareTo(right) >= 0;
}

internal sealed class TransactionIdJsonConverter : JsonConverter<TransactionId>
{
    public override TransactionId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TransactionId.TryParse(reader.GetString(), out var id) ? id : throw new JsonException("not a transaction id (a version 8 UUID)");

    public override void Write(Utf8JsonWriter writer, TransactionId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToGuid());
}
