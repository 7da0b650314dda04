using Concordat.Core;
using Concordat.Core.Sagas;

namespace Concordat.Server.Http;

/// <summary>A step: an item of a saga's <c>steps</c>.</summary>
internal static class StepRequests
{
    private const int Name = 1, Participant = 2, Action = 4, Branches = 8, Compensation = 16, After = 32, Retry = 64, CallTimeout = 128;
    private const int Path = 1, Body = 2, UndoneBy = 4, UndoneIn = 8;
    private const int Attempts = 1, Initial = 2, Max = 4;
    private const int DefaultAttempts = 5, MostAttempts = 1000;
    private const double MostSeconds = 86_400, MostCallSeconds = 3600;

    private static Backoff DefaultRetry => new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));

    public static StepSpec Read(ref RequestJson json, RequestLimits limits)
    {
        var seen = 0;
        string? name = null, participant = null;
        IReadOnlyList<string>? after = null;
        Work? action = null, compensation = null;
        List<BranchSpec>? branches = null;
        var (attempts, retry) = (DefaultAttempts, DefaultRetry);
        TimeSpan? callTimeout = null;
        while (json.NextMember())
        {
            if (json.Is("name"u8, Name, ref seen))
            {
                name = NameOf(ref json, "name");
            }
            else if (json.Is("participant"u8, Participant, ref seen))
            {
                participant = json.IsNull ? null : NameOf(ref json, "participant");
            }
            else if (json.Is("action"u8, Action, ref seen))
            {
                action = json.IsNull ? null : json.Inside("action", static (ref RequestJson inside) => CallOf(ref inside));
            }
            else if (json.Is("branches"u8, Branches, ref seen))
            {
                branches = json.IsNull ? null : BranchesOf(ref json, limits);
            }
            else if (json.Is("compensation"u8, Compensation, ref seen))
            {
                compensation = json.IsNull ? null : json.Inside("compensation", (ref RequestJson inside) => CompensationOf(ref inside, limits));
            }
            else if (json.Is("after"u8, After, ref seen))
            {
                after = json.IsNull ? null : NamesOf(ref json);
            }
            else if (json.Is("retry"u8, Retry, ref seen))
            {
                (attempts, retry) = json.IsNull ? (attempts, retry) : json.Inside("retry", static (ref RequestJson inside) => RetryOf(ref inside));
            }
            else if (json.Is("callTimeoutSeconds"u8, CallTimeout, ref seen))
            {
                callTimeout = json.IsNull ? null : TransactionRequests.TimeoutOf(ref json, "callTimeoutSeconds", MostCallSeconds);
            }
            else
            {
                throw json.Unknown();
            }
        }

        return new StepSpec(
            name ?? throw json.Missing("name"),
            ActionOf(json, participant, action, branches),
            compensation is null ? null : UndoOf(json, participant, compensation),
            after, attempts, retry, callTimeout);
    }

    private static StepWork ActionOf(in RequestJson json, string? participant, Work? action, List<BranchSpec>? branches)
    {
        if (branches is not null)
        {
            return participant is null && action is null
                ? new StepTransaction(branches)
                : throw json.Invalid("branches", $"is there, and so is '{(participant is null ? "action" : "participant")}': a step is a call of one participant, or a transaction of several");
        }

        return action is null
            ? throw json.Missing("action")
            : new StepCall(participant ?? throw json.Missing("participant"), action.Path!, action.Body);
    }

    private static StepWork UndoOf(in RequestJson json, string? participant, Work undo) => undo.Branches is { } branches
        ? new StepTransaction(branches)
        : new StepCall(undo.Participant ?? participant ?? throw json.Invalid("compensation.participant", "is missing, and the step has no participant of its own"), undo.Path!, undo.Body);

    private static Work CallOf(ref RequestJson json)
    {
        var seen = 0;
        string? path = null;
        ReadOnlyMemory<byte> body = default;
        while (json.NextMember())
        {
            if (json.Is("path"u8, Path, ref seen))
            {
                path = PathOf(ref json);
            }
            else if (json.Is("body"u8, Body, ref seen))
            {
                body = BodyOf(ref json);
            }
            else
            {
                throw json.Unknown();
            }
        }

        return new Work(null, path ?? throw json.Missing("path"), body, null);
    }

    private static Work CompensationOf(ref RequestJson json, RequestLimits limits)
    {
        var seen = 0;
        string? participant = null, path = null;
        ReadOnlyMemory<byte> body = default;
        List<BranchSpec>? branches = null;
        while (json.NextMember())
        {
            if (json.Is("path"u8, Path, ref seen))
            {
                path = PathOf(ref json);
            }
            else if (json.Is("body"u8, Body, ref seen))
            {
                body = BodyOf(ref json);
            }
            else if (json.Is("participant"u8, UndoneBy, ref seen))
            {
                participant = json.IsNull ? null : NameOf(ref json, "participant");
            }
            else if (json.Is("branches"u8, UndoneIn, ref seen))
            {
                branches = json.IsNull ? null : BranchesOf(ref json, limits);
            }
            else
            {
                throw json.Unknown();
            }
        }

        if (branches is null)
        {
            return new Work(participant, path ?? throw json.Missing("path"), body, null);
        }

        return path is null && participant is null && body.IsEmpty
            ? new Work(null, null, default, branches)
            : throw json.Invalid("branches", "is there, and so is a call: a compensation is a call of one participant, or a transaction of several");
    }

    private static string PathOf(ref RequestJson json)
    {
        var path = json.Text("path");
        return path.Length is >= 1 and <= RequestLimits.MaxUrlLength && path[0] == '/' && !path.AsSpan().ContainsAnyExceptInRange('!', '~')
            && !path.Contains('#', StringComparison.Ordinal) && !HasDotSegment(path)
            ? path
            : throw json.Invalid("path", $"is {Shown.Text(path)}; it must begin with / and be at most {RequestLimits.MaxUrlLength} visible ASCII characters without # and without . or .. as a segment");
    }

    /// <summary>They would lead out of the participant's address.</summary>
    private static bool HasDotSegment(string path)
    {
        var end = path.IndexOf('?', StringComparison.Ordinal);
        foreach (var range in path.AsSpan(0, end < 0 ? path.Length : end).SplitAny('/', '\\'))
        {
            if (path[range].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..")
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlyMemory<byte> BodyOf(ref RequestJson json)
    {
        var start = json.Start;
        json.Skip("body");
        var body = json.Since(start);
        return body.Length <= SagaLimits.MaxBodyBytes
            ? body
            : throw json.Invalid("body", $"has {body.Length} bytes; at most {SagaLimits.MaxBodyBytes} are allowed");
    }

    private static List<BranchSpec> BranchesOf(ref RequestJson json, RequestLimits limits)
    {
        var branches = TransactionRequests.BranchesOf(ref json, limits, MaySay.Nothing);
        return branches.Count > 0 ? branches : throw json.Invalid("branches", "is empty; a transaction of a step has 1 branch at least");
    }

    private static List<string> NamesOf(ref RequestJson json)
    {
        json.ExpectArray("after");
        var names = new List<string>();
        while (json.NextItem())
        {
            names.Add(NameOf(ref json, $"after[{names.Count}]"));
        }

        return names;
    }

    private static (int Attempts, Backoff Retry) RetryOf(ref RequestJson json)
    {
        var seen = 0;
        var attempts = DefaultAttempts;
        var retry = DefaultRetry;
        while (json.NextMember())
        {
            if (json.Is("attempts"u8, Attempts, ref seen))
            {
                attempts = json.IsNull ? attempts : AttemptsOf(ref json);
            }
            else if (json.Is("initialSeconds"u8, Initial, ref seen))
            {
                retry = json.IsNull ? retry : retry with { Initial = TransactionRequests.TimeoutOf(ref json, "initialSeconds", MostSeconds) };
            }
            else if (json.Is("maxSeconds"u8, Max, ref seen))
            {
                retry = json.IsNull ? retry : retry with { Cap = TransactionRequests.TimeoutOf(ref json, "maxSeconds", MostSeconds) };
            }
            else
            {
                throw json.Unknown();
            }
        }

        return retry.Initial <= retry.Cap
            ? (attempts, retry)
            : throw json.Invalid("initialSeconds", $"is {retry.Initial.TotalSeconds}; it must not be more than maxSeconds, which is {retry.Cap.TotalSeconds}");
    }

    private static int AttemptsOf(ref RequestJson json)
    {
        var attempts = json.Number("attempts");
        return attempts is >= 1 and <= MostAttempts && Math.Floor(attempts) == attempts
            ? (int)attempts
            : throw json.Invalid("attempts", $"is {attempts}; it must be a whole number from 1 to {MostAttempts}");
    }

    private static string NameOf(ref RequestJson json, string member)
    {
        var name = json.Text(member);
        return Names.IsParticipantName(name) ? name : throw json.Invalid(member, $"is {Shown.Text(name)}; {ParticipantRequests.NameForm}");
    }

    /// <summary>What is called, before it is known by whom.</summary>
    private sealed record Work(string? Participant, string? Path, ReadOnlyMemory<byte> Body, List<BranchSpec>? Branches);
}
