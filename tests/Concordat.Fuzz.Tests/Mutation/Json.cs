using System.Text;
using System.Text.Json;

namespace Concordat.Fuzz.Tests.Mutation;

/// <summary>A JSON tree that can also say what JSON cannot: a member twice, a token that is none.</summary>
internal abstract record Json
{
    internal sealed record Object(List<(string Name, Json Value)> Members) : Json;

    internal sealed record Array(List<Json> Items) : Json;

    /// <summary>A token as it is written, quotes and escapes included.</summary>
    internal sealed record Token(string Text) : Json;

    public static Json Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return From(document.RootElement);
    }

    public static Json Quoted(string text) => new Token(JsonSerializer.Serialize(text));

    public IEnumerable<Json> All() => this switch
    {
        Object o => o.Members.SelectMany(m => m.Value.All()).Prepend(this),
        Array a => a.Items.SelectMany(i => i.All()).Prepend(this),
        _ => [this],
    };

    public Json Copy() => this switch
    {
        Object o => new Object([.. o.Members.Select(m => (m.Name, m.Value.Copy()))]),
        Array a => new Array([.. a.Items.Select(i => i.Copy())]),
        _ => this,
    };

    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private void Write(StringBuilder text)
    {
        switch (this)
        {
            case Object o:
                text.Append('{');
                for (var i = 0; i < o.Members.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",").Append(o.Members[i].Name).Append(':');
                    o.Members[i].Value.Write(text);
                }

                text.Append('}');
                break;
            case Array a:
                text.Append('[');
                for (var i = 0; i < a.Items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    a.Items[i].Write(text);
                }

                text.Append(']');
                break;
            case Token t:
                text.Append(t.Text);
                break;
        }
    }

    private static Json From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new Object([.. element.EnumerateObject().Select(m => (JsonSerializer.Serialize(m.Name), From(m.Value)))]),
        JsonValueKind.Array => new Array([.. element.EnumerateArray().Select(From)]),
        _ => new Token(element.GetRawText()),
    };
}
