namespace Concordat.Server.Http;

/// <summary>What a client sent, in a message: cut, quoted, and without what would disturb a log or a terminal.</summary>
internal static class Shown
{
    private const int MaxLength = 64;

    public static string Text(string text) => $"'{Name(text)}'";

    /// <summary>The same without quotes, for the name of a member or parameter.</summary>
    public static string Name(string text)
    {
        if (text.Length > MaxLength)
        {
            var end = char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
            text = string.Concat(text.AsSpan(0, end), "…");
        }

        return Plain(text);
    }

    /// <summary>All of it, without what would disturb a log or a terminal.</summary>
    public static string Plain(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;
}
