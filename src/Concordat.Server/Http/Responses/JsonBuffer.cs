using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Concordat.Server.Http;

/// <summary>
/// A writer and its memory, one per thread, for answers that are made whole and then sent with their length. Between
/// <see cref="Rent"/> and the copy into the response nothing is awaited, so no other request can use them meanwhile.
/// </summary>
internal sealed class JsonBuffer
{
    private const int KeptBytes = 256 * 1024;

    [ThreadStatic]
    private static JsonBuffer? t_buffer;

    private ArrayBufferWriter<byte> _bytes = new(4096);

    private JsonBuffer() => Writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions
    {
        // The answers are application/json and never part of a page: quotes and umlauts stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    });

    public Utf8JsonWriter Writer { get; }

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public static JsonBuffer Rent()
    {
        var buffer = t_buffer ??= new JsonBuffer();
        if (buffer._bytes.Capacity > KeptBytes)
        {
            buffer._bytes = new ArrayBufferWriter<byte>(4096);
        }

        buffer._bytes.ResetWrittenCount();
        buffer.Writer.Reset(buffer._bytes);
        return buffer;
    }

    public void Write<T>(T value, JsonTypeInfo<T> type)
    {
        JsonSerializer.Serialize(Writer, value, type);
        Writer.Flush();
    }

    public void Write(TransactionDocument document)
    {
        TransactionWriter.Write(Writer, document);
        Writer.Flush();
    }
}
