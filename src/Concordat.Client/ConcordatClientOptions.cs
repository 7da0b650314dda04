using Microsoft.Extensions.Options;

namespace Concordat.Client;

/// <summary>Settings of the application's side. They are checked when the host starts.</summary>
public sealed class ConcordatClientOptions
{
    /// <summary>The coordinator's base address.</summary>
    public Uri? Address { get; set; } = new("http://127.0.0.1:7070");

    /// <summary>
    /// How long a call is repeated after its first failure: refused connections, 503s (which say when to come back), and, where the
    /// coordinator recognises a repetition, lost answers. So a restart of the coordinator goes unnoticed. Zero switches repeating off.
    /// At most 1 hour.
    /// </summary>
    public TimeSpan RetryBudget { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long one attempt may take, beyond what the coordinator itself was given (a transaction's timeout, a wait). More than 0, at
    /// most 10 minutes.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long leaving a transaction without a commit tries to roll it back. Its deadline does so in any case.</summary>
    public TimeSpan DisposeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a decided transaction tries to commit or roll back what it has prepared on databases. What is not done then a sweep does.
    /// More than 0, at most 10 minutes.
    /// </summary>
    public TimeSpan FinishTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a service that was called with somebody's transaction, and has voted, keeps its connections until it hears the outcome. What is not
    /// decided by then a sweep finishes. More than 0, at most 5 minutes.
    /// </summary>
    public TimeSpan JoinedWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether begins and commits that come while others are under way share calls to the coordinator. Handlers of the HTTP client then see one request for several
    /// transactions, in the context of one of them: switch it off where a handler depends on whose call it is.
    /// </summary>
    public bool GatherCalls { get; set; } = true;

    /// <summary>
    /// While a scope of this client has been waiting longer than this for its outcome, because the coordinator does not give one, no new
    /// scope is begun: each would end up blocking one more thread. It is also how long a begin blocks before it is given up. From 0 to 1 hour.
    /// </summary>
    public TimeSpan ScopeWaitLimit { get; set; } = TimeSpan.FromSeconds(5);
}

internal sealed class ConcordatClientOptionsValidator : IValidateOptions<ConcordatClientOptions>
{
    public ValidateOptionsResult Validate(string? name, ConcordatClientOptions options)
    {
        if (options.Address is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
        {
            return ValidateOptionsResult.Fail($"Concordat client: Address is '{options.Address}'; it must be an absolute http or https address.");
        }

        if (options.RetryBudget < TimeSpan.Zero || options.RetryBudget > TimeSpan.FromHours(1))
        {
            return ValidateOptionsResult.Fail($"Concordat client: RetryBudget is {options.RetryBudget}; it must be from 0 to 1 hour.");
        }

        if (options.AttemptTimeout <= TimeSpan.Zero || options.AttemptTimeout > TimeSpan.FromMinutes(10))
        {
            return ValidateOptionsResult.Fail($"Concordat client: AttemptTimeout is {options.AttemptTimeout}; it must be more than 0 and at most 10 minutes.");
        }

        if (options.FinishTimeout <= TimeSpan.Zero || options.FinishTimeout > TimeSpan.FromMinutes(10))
        {
            return ValidateOptionsResult.Fail($"Concordat client: FinishTimeout is {options.FinishTimeout}; it must be more than 0 and at most 10 minutes.");
        }

        if (options.JoinedWait <= TimeSpan.Zero || options.JoinedWait > TimeSpan.FromMinutes(5))
        {
            return ValidateOptionsResult.Fail($"Concordat client: JoinedWait is {options.JoinedWait}; it must be more than 0 and at most 5 minutes.");
        }

        if (options.ScopeWaitLimit < TimeSpan.Zero || options.ScopeWaitLimit > TimeSpan.FromHours(1))
        {
            return ValidateOptionsResult.Fail($"Concordat client: ScopeWaitLimit is {options.ScopeWaitLimit}; it must be from 0 to 1 hour.");
        }

        return options.DisposeTimeout < TimeSpan.Zero || options.DisposeTimeout > TimeSpan.FromMinutes(1)
            ? ValidateOptionsResult.Fail($"Concordat client: DisposeTimeout is {options.DisposeTimeout}; it must be from 0 to 1 minute.")
            : ValidateOptionsResult.Success;
    }
}
