namespace Concordat.Server.Http;

/// <summary>The bodies of the calls under <c>/v1/resources</c>.</summary>
internal static class ResourceRequests
{
    public const int MaxIdentityLength = 256;

    /// <summary>In characters. PostgreSQL's are below 200 bytes; what is longer is nobody's that we know.</summary>
    public const int MaxNameLength = 512;

    public const int MaxReports = 1000;

    private const int Identity = 1, Prepared = 1, Reports = 1;
    private const int TransactionId = 1, BranchId = 2, FateOf = 4;
    private const int IdLength = 36;

    public static string ParseIdentity(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, static (ref RequestJson json) =>
    {
        var seen = 0;
        string? identity = null;
        while (json.NextMember())
        {
            if (!json.Is("identity"u8, Identity, ref seen))
            {
                throw json.Unknown();
            }

            identity = json.Text("identity");
            if (identity.Length is 0 or > MaxIdentityLength || identity.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                throw json.Invalid("identity", $"is {Shown.Text(identity)}; it must be 1 to {MaxIdentityLength} visible ASCII characters that no other database has");
            }
        }

        return identity ?? throw json.Missing("identity");
    });

    public static IReadOnlyList<string> ParseListing(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, static (ref RequestJson json) =>
    {
        var seen = 0;
        List<string>? prepared = null;
        while (json.NextMember())
        {
            if (!json.Is("prepared"u8, Prepared, ref seen))
            {
                throw json.Unknown();
            }

            json.ExpectArray("prepared");
            prepared = [];
            while (json.NextItem())
            {
                var name = json.Text($"prepared[{prepared.Count}]");
                prepared.Add(name.Length <= MaxNameLength ? name : throw json.Invalid($"prepared[{prepared.Count}]", $"has {name.Length} characters; at most {MaxNameLength} are allowed"));
            }
        }

        return prepared ?? throw json.Missing("prepared");
    });

    public static IReadOnlyList<BranchReport> ParseReports(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, static (ref RequestJson json) =>
    {
        var seen = 0;
        List<BranchReport>? reports = null;
        while (json.NextMember())
        {
            if (!json.Is("reports"u8, Reports, ref seen))
            {
                throw json.Unknown();
            }

            json.ExpectArray("reports");
            reports = [];
            while (json.NextReport())
            {
                if (reports.Count == MaxReports)
                {
                    throw ProblemTypes.InvalidValue.With($"reports has more than {MaxReports} items, the most that are allowed");
                }

                reports.Add(ReadReport(ref json));
            }
        }

        return reports ?? throw json.Missing("reports");
    });

    private static BranchReport ReadReport(ref RequestJson json)
    {
        var seen = 0;
        Concordat.TransactionId? id = null;
        string? branchId = null;
        Fate? fate = null;
        while (json.NextMember())
        {
            if (json.Is("transactionId"u8, TransactionId, ref seen))
            {
                var text = json.Text("transactionId");
                id = text.Length == IdLength && Concordat.TransactionId.TryParse(text, out var parsed)
                    ? parsed
                    : throw json.Invalid("transactionId", $"is {Shown.Text(text)}; it must be a transaction's id (a UUID of version 8)");
            }
            else if (json.Is("branchId"u8, BranchId, ref seen))
            {
                branchId = json.Text("branchId");
                if (!Names.IsBranchId(branchId))
                {
                    throw json.Invalid("branchId", $"is {Shown.Text(branchId)}; {BranchRequests.BranchIdForm}");
                }
            }
            else if (json.Is("fate"u8, FateOf, ref seen))
            {
                var text = json.Text("fate");
                fate = text switch
                {
                    "committed" => Fate.Committed,
                    "rolled-back" => Fate.RolledBack,
                    "unknown" => Fate.Unknown,
                    _ => throw json.Invalid("fate", $"is {Shown.Text(text)}; it must be committed, rolled-back or unknown"),
                };
            }
            else
            {
                throw json.Unknown();
            }
        }

        return new BranchReport(id ?? throw json.Missing("transactionId"), branchId ?? throw json.Missing("branchId"), fate ?? throw json.Missing("fate"));
    }
}
