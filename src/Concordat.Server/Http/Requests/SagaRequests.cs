using Concordat.Core.Sagas;

namespace Concordat.Server.Http;

/// <summary>The body of <c>POST /v1/sagas</c>, and of what operators say of steps.</summary>
internal static class SagaRequests
{
    private const int Name = 1, Timeout = 2, Labels = 4, Steps = 8;
    private const int Who = 1, Why = 2;

    /// <exception cref="ProblemException">400, naming what is wrong: with the form, or with how the steps hang together.</exception>
    public static SagaDefinition Parse(ReadOnlyMemory<byte> body, RequestLimits limits, string? traceParent)
    {
        var spec = RequestJson.Parse(body, (ref RequestJson json) => Read(ref json, limits, traceParent));
        try
        {
            return SagaDefinition.Of(spec);
        }
        catch (FormatException e)
        {
            throw ProblemTypes.InvalidValue.With(e.Message);
        }
    }

    public static (string Who, string Why) ParseResolve(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, static (ref RequestJson json) =>
    {
        var seen = 0;
        string? who = null, why = null;
        while (json.NextMember())
        {
            if (json.Is("who"u8, Who, ref seen))
            {
                who = ResolveRequests.Statement(ref json, "who");
            }
            else if (json.Is("why"u8, Why, ref seen))
            {
                why = ResolveRequests.Statement(ref json, "why");
            }
            else
            {
                throw json.Unknown();
            }
        }

        return (who ?? throw json.Missing("who"), why ?? throw json.Missing("why"));
    });

    private static SagaSpec Read(ref RequestJson json, RequestLimits limits, string? traceParent)
    {
        var seen = 0;
        string? name = null;
        var timeout = TimeSpan.FromSeconds(limits.SagaDefaultTimeoutSeconds);
        IReadOnlyList<KeyValuePair<string, string>> labels = [];
        IReadOnlyList<StepSpec>? steps = null;
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
                timeout = json.IsNull ? timeout : TransactionRequests.TimeoutOf(ref json, "timeoutSeconds", limits.SagaMaxTimeoutSeconds);
            }
            else if (json.Is("labels"u8, Labels, ref seen))
            {
                labels = json.IsNull ? [] : TransactionRequests.LabelsOf(ref json, limits);
            }
            else if (json.Is("steps"u8, Steps, ref seen))
            {
                steps = StepsOf(ref json, limits);
            }
            else
            {
                throw json.Unknown();
            }
        }

        return new SagaSpec { Name = name, Timeout = timeout, Labels = labels, Steps = steps ?? throw json.Missing("steps"), TraceParent = traceParent };
    }

    private static List<StepSpec> StepsOf(ref RequestJson json, RequestLimits limits)
    {
        json.ExpectArray("steps");
        var steps = new List<StepSpec>();
        while (json.NextStep())
        {
            if (steps.Count == SagaLimits.MaxSteps)
            {
                throw ProblemTypes.InvalidValue.With($"steps has more than {SagaLimits.MaxSteps} items, the most that are allowed");
            }

            steps.Add(StepRequests.Read(ref json, limits));
        }

        return steps.Count > 0 ? steps : throw json.Invalid("steps", "is empty; a saga has 1 step at least");
    }
}
