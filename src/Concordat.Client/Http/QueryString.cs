using System.Text;

namespace Concordat.Client;

/// <summary>Puts the query of an address together; what is null is left out.</summary>
internal sealed class QueryString
{
    private readonly StringBuilder _text = new();

    public QueryString Add(string name, string? value)
    {
        if (value is not null)
        {
            _text.Append(_text.Length == 0 ? '?' : '&').Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
        }

        return this;
    }

    public QueryString AddLabels(IReadOnlyDictionary<string, string>? labels)
    {
        foreach (var (key, value) in labels ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            Add("label." + key, value);
        }

        return this;
    }

    public override string ToString() => _text.ToString();
}
