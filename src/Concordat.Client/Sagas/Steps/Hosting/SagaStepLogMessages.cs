using Microsoft.Extensions.Logging;

namespace Concordat.Client.Sagas;

/// <summary>Event ids of steps are 2600 to 2699 and stay what they are.</summary>
internal static partial class SagaStepLogMessages
{
    [LoggerMessage(2600, LogLevel.Error, "{Call}: attempt {Attempt} failed in its handler")]
    public static partial void Failed(ILogger logger, SagaStepCall call, int attempt, Exception e);

    [LoggerMessage(2601, LogLevel.Warning, "{Call}: attempt {Attempt} broke off at the barrier's database; the coordinator asks again")]
    public static partial void Unavailable(ILogger logger, SagaStepCall call, int attempt, Exception e);

    [LoggerMessage(2602, LogLevel.Error, "{Call}: the result of attempt {Attempt} is {Why}, which no coordinator keeps; the step fails")]
    public static partial void ResultUnfit(ILogger logger, SagaStepCall call, int attempt, string why);

    [LoggerMessage(2603, LogLevel.Information, "{Call}: attempt {Attempt} ended when the coordinator waited no longer")]
    public static partial void NobodyThere(ILogger logger, SagaStepCall call, int attempt, Exception e);
}
