using System.Runtime.CompilerServices;
using Concordat.Server.Databases;
using Microsoft.Extensions.Options;

namespace Concordat.Server.Configuration;

/// <summary>The ranges of the settings. All that are wrong are named at once.</summary>
internal sealed class ServerOptionsValidation : IValidateOptions<ServerOptions>
{
    private const double MaxWaitSeconds = 86_400;
    internal const int MinTokenLength = 16;

    public ValidateOptionsResult Validate(string? name, ServerOptions options)
    {
        var problems = Problems(options);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    internal static List<string> Problems(ServerOptions options)
    {
        var found = new Findings();
        Storage(found, options.Storage);
        Times(found, options);
        Limits(found, options.Limits);
        Addresses(found, options);
        foreach (var (name, database) in options.Resources)
        {
            foreach (var (setting, problem) in DatabaseOptionsValidation.Problems(name, database))
            {
                found.Check(holds: false, $"Resources:{name}{setting}", problem);
            }
        }

        if (found.Problems.Count == 0)
        {
            TheLargestRecordFits(found, options);
        }

        return found.Problems;
    }

    private static void Storage(Findings found, StorageOptions storage)
    {
        found.Check(!string.IsNullOrWhiteSpace(storage.Path), "Storage:Path", "is empty; it must name the data directory");
        found.Range(storage.RetentionSeconds, 1, 366 * 86_400.0);
        found.Range(storage.RetentionCount, 1, 100_000_000);
        found.Range(storage.MaxIdempotencyKeys, 1, 100_000_000);
        found.Range(storage.SegmentSizeBytes, 64 * 1024, 1024 * 1024 * 1024);
        found.Check(storage.SegmentSizeBytes % 8 == 0, "Storage:SegmentSizeBytes", $"is {storage.SegmentSizeBytes}; it must be a multiple of 8");
        found.Range(storage.SpareSegments, 1, 64);
    }

    private static void Times(Findings found, ServerOptions options)
    {
        var timeouts = options.Timeouts;
        found.Range(timeouts.MaxSeconds, 0.001, 86_400);
        found.Range(timeouts.DefaultSeconds, 0.001, 86_400);
        found.Check(timeouts.DefaultSeconds <= timeouts.MaxSeconds, "Timeouts:DefaultSeconds",
            $"is {timeouts.DefaultSeconds}; it must not be more than Timeouts:MaxSeconds, which is {timeouts.MaxSeconds}");
        found.Range(timeouts.SagaMaxSeconds, 0.001, 31_536_000);
        found.Range(timeouts.SagaDefaultSeconds, 0.001, 31_536_000);
        found.Check(timeouts.SagaDefaultSeconds <= timeouts.SagaMaxSeconds, "Timeouts:SagaDefaultSeconds",
            $"is {timeouts.SagaDefaultSeconds}; it must not be more than Timeouts:SagaMaxSeconds, which is {timeouts.SagaMaxSeconds}");
        found.Range(timeouts.AttemptSeconds, 0.001, 3600);

        var retry = options.Retry;
        found.Range(retry.InitialSeconds, 0.001, MaxWaitSeconds);
        found.Range(retry.MaxSeconds, 0.001, MaxWaitSeconds);
        found.Check(retry.InitialSeconds <= retry.MaxSeconds, "Retry:InitialSeconds",
            $"is {retry.InitialSeconds}; it must not be more than Retry:MaxSeconds, which is {retry.MaxSeconds}");
        found.Range(retry.ProbeInitialSeconds, 0.001, MaxWaitSeconds);
        found.Range(retry.ProbeMaxSeconds, 0.001, MaxWaitSeconds);
        found.Check(retry.ProbeInitialSeconds <= retry.ProbeMaxSeconds, "Retry:ProbeInitialSeconds",
            $"is {retry.ProbeInitialSeconds}; it must not be more than Retry:ProbeMaxSeconds, which is {retry.ProbeMaxSeconds}");
        found.Range(retry.HazardSeconds, 0.001, MaxWaitSeconds);

        var shutdown = options.Shutdown;
        found.Range(shutdown.DrainSeconds, 0, 3600);
    }

    private static void Limits(Findings found, LimitOptions limits)
    {
        found.Range(limits.MaxBranches, 1, 10_000);
        found.Range(limits.MaxUndecided, 1, 10_000_000);
        found.Range(limits.MaxBacklogPerParticipant, 1, 10_000_000);
        found.Range(limits.MaxSagas, 1, 10_000_000);
        found.Range(limits.MaxParticipants, 1, 1_000_000);
        found.Range(limits.CallsPerParticipant, 1, 10_000);
        found.Range(limits.MaxLocksPerTransaction, 1, 100_000);
        found.Range(limits.MaxLocks, 1, 10_000_000);
        found.Range(limits.MaxLabels, 0, 256);
        found.Range(limits.MaxLabelValueLength, 0, 4096);
        found.Range(limits.MaxWaitingRequests, 1, 1_000_000);
        found.Range(limits.MaxConnections, 1, 1_000_000);
    }

    private static void Addresses(Findings found, ServerOptions options)
    {
        if (options.PublicUrl is { } url)
        {
            found.Check(
                Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri is { UserInfo: "", Query: "", Fragment: "" },
                "PublicUrl", $"is '{url}'; it must be an absolute http or https address without user, query and fragment");
        }

        for (var i = 0; i < options.Auth.Tokens.Count; i++)
        {
            // The token itself is never shown.
            var token = options.Auth.Tokens[i];
            found.Check(token is { Length: >= MinTokenLength and <= 1024 } && !token.AsSpan().ContainsAnyExceptInRange('!', '~'),
                $"Auth:Tokens:{i}", $"must be {MinTokenLength} to 1024 visible ASCII characters");
        }
    }

    /// <summary>A begin that the limits allow and the log's files cannot take would stop the process when it comes.</summary>
    private static void TheLargestRecordFits(Findings found, ServerOptions options)
    {
        var limits = options.Limits;
        var labels = (long)limits.MaxLabels * ((Names.MaxLength + limits.MaxLabelValueLength) * 3 + 8);
        var branches = (long)limits.MaxBranches * 512;
        var segment = 2 * (1024 + labels + branches + 256);
        found.Check(options.Storage.SegmentSizeBytes >= segment, "Storage:SegmentSizeBytes",
            $"is {options.Storage.SegmentSizeBytes}; with these Limits:MaxBranches, Limits:MaxLabels and Limits:MaxLabelValueLength it must be at least {segment}");
    }

    private sealed class Findings
    {
        public List<string> Problems { get; } = [];

        public void Check(bool holds, string setting, string problem)
        {
            if (!holds)
            {
                Problems.Add($"{ServerOptions.Section}:{setting} {problem}");
            }
        }

        /// <summary>The setting's name is the expression that is checked, so that the two cannot differ.</summary>
        public void Range(double value, double least, double most, [CallerArgumentExpression(nameof(value))] string expression = "")
        {
            var dot = expression.IndexOf('.', StringComparison.Ordinal);
            var setting = $"{char.ToUpperInvariant(expression[0])}{expression[1..dot]}:{expression[(dot + 1)..]}";
            Check(value >= least && value <= most, setting, $"is {value}; it must be from {least} to {most}");
        }
    }
}
