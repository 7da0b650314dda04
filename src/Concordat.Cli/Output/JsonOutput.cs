using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Concordat.Cli.Output;

/// <summary>JSON for programs. An array is written as it comes, and is one also when nothing came.</summary>
internal static class JsonOutput
{
    /// <summary>The output is no part of a web page, so names in other alphabets need no escapes.</summary>
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static void WriteJson<T>(this Terminal terminal, T value, JsonTypeInfo<T> type) =>
        terminal.Out.WriteLine(Text(Indented, json => JsonSerializer.Serialize(json, value, type)));

    internal static void WriteJson(this Terminal terminal, Action<Utf8JsonWriter> write) => terminal.Out.WriteLine(Text(Indented, write));

    /// <summary>One element, one line.</summary>
    internal static string Line<T>(T value, JsonTypeInfo<T> type) => Text(Compact, json => JsonSerializer.Serialize(json, value, type));

    internal static string Line(Action<Utf8JsonWriter> write) => Text(Compact, write);

    private static string Text(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}

/// <summary>An array that is written element by element. Disposing it closes it.</summary>
internal sealed class JsonArrayOutput : IDisposable
{
    private readonly TextWriter _to;
    private bool _any;

    internal JsonArrayOutput(TextWriter to)
    {
        _to = to;
        _to.Write('[');
    }

    internal void Add(string element)
    {
        _to.Write(_any ? ",\n  " : "\n  ");
        _to.Write(element);
        _any = true;
    }

    public void Dispose() => _to.Write(_any ? "\n]\n" : "]\n");
}
