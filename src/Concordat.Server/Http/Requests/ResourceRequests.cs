namespace Concordat.Server.Http;

/// <summary>The bodies of the calls under <c>/v1/resources</c>.</summary>
internal static class ResourceRequests
{
    public const int MaxIdentityLength = 256;

    /// <summary>In characters. PostgreSQL's are below 200 bytes; what is longer is nobody's that we know.</summary>
    public const int MaxNameLength = 512;

    public const int MaxReports = 1000;

    public const int MaxTransactions = 1000;

    private const int Identity = 1, Prepared = 2, Reports = 1, Transactions = 2;
    private const int IdOf = 1, BranchId = 2, FateOf = 4;
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

            identity = ReadIdentity(ref json);
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

            prepared = ReadPrepared(ref json);
        }

        return prepared ?? throw json.Missing("prepared");
    });

    public static LookRequest ParseLook(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, static (ref RequestJson json) =>
    {
        var seen = 0;
        string? identity = null;
        List<string>? prepared = null;
        while (json.NextMember())
        {
            if (json.Is("identity"u8, Identity, ref seen))
            {
                identity = ReadIdentity(ref json);
            }
            else if (json.Is("prepared"u8, Prepared, ref seen))
            {
                prepared = ReadPrepared(ref json);
            }
            else
            {
                throw json.Unknown();
            }
        }

        return new LookRequest { Identity = identity ?? throw json.Missing("identity"), Prepared = prepared ?? throw json.Missing("prepared") };
    });

    public static EndedRequest ParseEnded(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, static (ref RequestJson json) =>
    {
        var seen = 0;
        string? identity = null;
        List<TransactionId>? transactions = null;
        while (json.NextMember())
        {
            if (json.Is("identity"u8, Identity, ref seen))
            {
                identity = ReadIdentity(ref json);
            }
            else if (json.Is("transactions"u8, Transactions, ref seen))
            {
                transactions = ReadTransactions(ref json);
            }
            else
            {
                throw json.Unknown();
            }
        }

        return new EndedRequest { Identity = identity ?? throw json.Missing("identity"), Transactions = transactions ?? throw json.Missing("transactions") };
    });

    internal static string ReadIdentity(ref RequestJson json)
    {
        var identity = json.Text("identity");
        return identity.Length is 0 or > MaxIdentityLength || identity.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw json.Invalid("identity", $"is {Shown.Text(identity)}; it must be 1 to {MaxIdentityLength} visible ASCII characters that no other database has")
            : identity;
    }

    private static List<string> ReadPrepared(ref RequestJson json)
    {
        json.ExpectArray("prepared");
        var prepared = new List<string>();
        while (json.NextItem())
        {
            var name = json.Text($"prepared[{prepared.Count}]");
            prepared.Add(name.Length <= MaxNameLength ? name : throw json.Invalid($"prepared[{prepared.Count}]", $"has {name.Length} characters; at most {MaxNameLength} are allowed"));
        }

        return prepared;
    }

    private static List<TransactionId> ReadTransactions(ref RequestJson json)
    {
        json.ExpectArray("transactions");
        var transactions = new List<TransactionId>();
        while (json.NextItem())
        {
            if (transactions.Count == MaxTransactions)
            {
                throw ProblemTypes.InvalidValue.With($"transactions has more than {MaxTransactions} items, the most that are allowed");
            }

            transactions.Add(ReadTransactionId(ref json, $"transactions[{transactions.Count}]"));
        }

        return transactions;
    }

    private static TransactionId ReadTransactionId(ref RequestJson json, string member)
    {
        var text = json.Text(member);
        return text.Length == IdLength && TransactionId.TryParse(text, out var parsed)
            ? parsed
            : throw json.Invalid(member, $"is {Shown.Text(text)}; it must be a transaction's id (a UUID of version 8)");
    }

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
        TransactionId? id = null;
        string? branchId = null;
        Fate? fate = null;
        while (json.NextMember())
        {
            if (json.Is("transactionId"u8, IdOf, ref seen))
            {
                id = ReadTransactionId(ref json, "transactionId");
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
