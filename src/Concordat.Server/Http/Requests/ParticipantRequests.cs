namespace Concordat.Server.Http;

/// <summary>The body of <c>PUT /v1/participants/{name}</c>.</summary>
internal static class ParticipantRequests
{
    private const int Url = 1, OnePhase = 2, Inquires = 4;

    public const string NameForm = "it must be 1 to 128 of A-Z a-z 0-9 . _ - and begin with a letter or a digit";

    public static ParticipantRequest Parse(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, static (ref RequestJson json) =>
    {
        var seen = 0;
        string? url = null;
        bool onePhase = false, inquires = false;
        while (json.NextMember())
        {
            if (json.Is("url"u8, Url, ref seen))
            {
                url = json.Text("url");
                if (UrlProblem(url) is { } problem)
                {
                    throw json.Invalid("url", $"is {Shown.Text(url)}; {problem}");
                }
            }
            else if (json.Is("onePhase"u8, OnePhase, ref seen))
            {
                onePhase = json.Boolean("onePhase");
            }
            else if (json.Is("inquires"u8, Inquires, ref seen))
            {
                inquires = json.Boolean("inquires");
            }
            else
            {
                throw json.Unknown();
            }
        }

        return new ParticipantRequest { Url = url ?? throw json.Missing("url"), OnePhase = onePhase, Inquires = inquires };
    });

    /// <summary>Each call's name is put behind the address, so it can hold neither query nor fragment; and no secret is kept in the log.</summary>
    private static string? UrlProblem(string url)
    {
        if (url.Length > RequestLimits.MaxUrlLength)
        {
            return $"it has {url.Length} characters; at most {RequestLimits.MaxUrlLength} are allowed";
        }

        if (url.AsSpan().ContainsAnyExceptInRange('!', '~') || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
        {
            return "it must be an absolute http or https address of visible ASCII characters";
        }

        var authority = url.AsSpan(url.IndexOf("//", StringComparison.Ordinal) + 2);
        var end = authority.IndexOfAny('/', '?', '#');
        authority = end < 0 ? authority : authority[..end];
        return authority.Contains('@') ? "it must not hold a user"
            : url.Contains('?', StringComparison.Ordinal) ? "it must not hold a query"
            : url.Contains('#', StringComparison.Ordinal) ? "it must not hold a fragment"
            : null;
    }
}
