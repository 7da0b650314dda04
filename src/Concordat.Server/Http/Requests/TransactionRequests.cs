using Concordat.Core;

namespace Concordat.Server.Http;

/// <summary>The body of <c>POST /v1/transactions</c>.</summary>
internal static class TransactionRequests
{
    private const int Name = 1, Timeout = 2, Labels = 4, Branches = 8, Locks = 16, Trace = 32;

    /// <param name="isOneOfMany">An item of <c>POST /v1/transactions/begins</c>, which brings its trace along by itself.</param>
    public static TransactionSpec Parse(ReadOnlyMemory<byte> body, RequestLimits limits, string? traceParent, bool isOneOfMany = false) => RequestJson.Parse(body, (ref RequestJson json) =>
    {
        var seen = 0;
        string? name = null;
        var timeout = TimeSpan.FromSeconds(limits.DefaultTimeoutSeconds);
        IReadOnlyList<KeyValuePair<string, string>> labels = [];
        List<BranchSpec> branches = [];
        IReadOnlyList<LockWant> locks = [];
        while (json.NextMember())
        {
            if (json.Is("name"u8, Name, ref seen))
            {
                name = json.TextOrNull("name");
                if (name is not null && !Names.IsTransactionName(name))
                {
                    throw json.Invalid("name", $"is {Shown.Text(name)}; it must be 1 to 128 of A-Z a-z 0-9 . _ - : / and begin with a letter or a digit");
                }
            }
            else if (json.Is("timeoutSeconds"u8, Timeout, ref seen))
            {
                timeout = json.IsNull ? timeout : TimeoutOf(ref json, "timeoutSeconds", limits.MaxTimeoutSeconds);
            }
            else if (json.Is("labels"u8, Labels, ref seen))
            {
                labels = json.IsNull ? [] : LabelsOf(ref json, limits);
            }
            else if (json.Is("branches"u8, Branches, ref seen))
            {
                branches = json.IsNull ? [] : BranchesOf(ref json, limits, MaySay.Nothing);

                // To run nothing, or to open for branches to come? Only the one who asks knows.
                if (!json.IsNull && branches.Count == 0)
                {
                    throw json.Invalid("branches", $"is empty; give 1 to {limits.MaxBranches} branches, or leave it out to begin only");
                }
            }
            else if (json.Is("locks"u8, Locks, ref seen))
            {
                locks = json.IsNull ? [] : LockRequests.ListOf(ref json, limits);
            }
            else if (isOneOfMany && json.Is("traceparent"u8, Trace, ref seen))
            {
                traceParent = TraceParent.Parse(json.TextOrNull("traceparent"));
            }
            else
            {
                throw json.Unknown();
            }
        }

        if (locks.Count > 0 && branches.Count == 0)
        {
            throw json.Invalid("locks", "is there without branches: begin first, and lock with POST …/locks");
        }

        return new TransactionSpec { Name = name, Timeout = timeout, Labels = labels, Branches = branches, Locks = locks, TraceParent = traceParent };
    });

    /// <param name="most">In seconds.</param>
    internal static TimeSpan TimeoutOf(ref RequestJson json, string member, double most)
    {
        var seconds = json.Number(member);
        if (!(seconds > 0 && seconds <= most))
        {
            throw json.Invalid(member, $"is {seconds}; it must be more than 0 and at most {most}");
        }

        // The clock's resolution is the least that is not "at once".
        var timeout = TimeSpan.FromSeconds(seconds);
        return timeout < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : timeout;
    }

    internal static List<KeyValuePair<string, string>> LabelsOf(ref RequestJson json, RequestLimits limits)
    {
        json.ExpectObject("labels");
        var labels = new List<KeyValuePair<string, string>>();
        while (json.NextMember())
        {
            var (name, value) = json.NamedText("labels");
            if (!Names.IsTransactionName(name))
            {
                throw json.Invalid("labels", $"has the name {Shown.Text(name)}; a label's name must be 1 to 128 of A-Z a-z 0-9 . _ - : / and begin with a letter or a digit");
            }

            if (value.Length > limits.MaxLabelValueLength)
            {
                throw json.Invalid($"labels.{name}", $"has {value.Length} characters; at most {limits.MaxLabelValueLength} are allowed");
            }

            if (labels.Exists(label => string.Equals(label.Key, name, StringComparison.Ordinal)))
            {
                throw json.Invalid($"labels.{name}", "is there twice");
            }

            if (labels.Count == limits.MaxLabels)
            {
                throw json.Invalid("labels", $"has more than {limits.MaxLabels} members, the most that are allowed");
            }

            labels.Add(new(name, value));
        }

        return labels;
    }

    /// <summary>The body of <c>POST …/commit</c>: nothing, or branches of resources with their votes.</summary>
    public static IReadOnlyList<BranchSpec> ParseCommit(ReadOnlyMemory<byte> body, RequestLimits limits) => RequestJson.Parse(body, (ref RequestJson json) =>
    {
        var seen = 0;
        IReadOnlyList<BranchSpec> branches = [];
        while (json.NextMember())
        {
            if (!json.Is("branches"u8, Branches, ref seen))
            {
                throw json.Unknown();
            }

            branches = json.IsNull ? [] : BranchesOf(ref json, limits, MaySay.VoteOrOnePhase);
        }

        return branches;
    });

    public static List<BranchSpec> BranchesOf(ref RequestJson json, RequestLimits limits, MaySay maySay)
    {
        json.ExpectArray("branches");
        var branches = new List<BranchSpec>();
        while (json.NextBranch())
        {
            if (branches.Count == limits.MaxBranches)
            {
                throw ProblemTypes.TooManyBranches.With($"branches has more than {limits.MaxBranches} items, the most that are allowed");
            }

            branches.Add(BranchRequests.Read(ref json, maySay));
        }

        return branches;
    }
}
