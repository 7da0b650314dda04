namespace Concordat.Server.Http;

/// <summary>The body of <c>POST …/branches/{branch}/resolve</c>.</summary>
internal static class ResolveRequests
{
    private const int As = 1, Who = 2, Why = 4;

    public static ResolveRequest Parse(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, static (ref RequestJson json) =>
    {
        var seen = 0;
        Settlement? settlement = null;
        string? who = null, why = null;
        while (json.NextMember())
        {
            if (json.Is("as"u8, As, ref seen))
            {
                var text = json.Text("as");
                settlement = text switch
                {
                    "committed" => Settlement.Committed,
                    "rolled-back" => Settlement.RolledBack,
                    _ => throw json.Invalid("as", $"is {Shown.Text(text)}; it must be committed or rolled-back"),
                };
            }
            else if (json.Is("who"u8, Who, ref seen))
            {
                who = Statement(ref json, "who");
            }
            else if (json.Is("why"u8, Why, ref seen))
            {
                why = Statement(ref json, "why");
            }
            else
            {
                throw json.Unknown();
            }
        }

        return new ResolveRequest
        {
            As = settlement ?? throw json.Missing("as"),
            Who = who ?? throw json.Missing("who"),
            Why = why ?? throw json.Missing("why"),
        };
    });

    internal static string Statement(ref RequestJson json, string member)
    {
        var text = json.Text(member);
        return text.Length <= RequestLimits.MaxStatementLength && !string.IsNullOrWhiteSpace(text)
            ? text
            : throw json.Invalid(member, $"must be 1 to {RequestLimits.MaxStatementLength} characters and say something");
    }
}
