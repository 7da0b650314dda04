namespace Concordat.Core;

/// <summary>How a call to a participant ended, in the contract's terms. A closed set.</summary>
public abstract record CallResult
{
    private protected CallResult()
    {
    }

    /// <summary>Whether the participant answered at all, other than with 503.</summary>
    internal virtual bool ShowsLife => true;
}

/// <summary>A vote: the answer to prepare, and to one phase.</summary>
public sealed record Voted(Vote Vote, string? Reason, string? Evidence) : CallResult;

/// <summary>A step of a saga is done.</summary>
/// <param name="Result">JSON; empty where there is none.</param>
public sealed record StepDone(ReadOnlyMemory<byte> Result) : CallResult;

/// <summary>409 to a step's action: it was refused, and this attempt did nothing.</summary>
public sealed record StepRefused(string Reason) : CallResult;

/// <summary>Commit, rollback or a compensation is done.</summary>
public sealed record Done : CallResult
{
    public static readonly Done Instance = new();

    private Done()
    {
    }
}

/// <summary>410: "I know that I do not have it".</summary>
public sealed record NeverHeardOf(string Detail) : CallResult;

/// <summary>A definite error that is no vote, or no word of a step: the branch fails at once and is rolled back, the step is given up, since either may have happened.</summary>
public sealed record Rejected(string Detail) : CallResult;

/// <summary>Anything that says nothing about the branch: to be asked again.</summary>
public sealed record Failed(FailureKind Kind, string Detail, TimeSpan? RetryAfter = null) : CallResult
{
    internal override bool ShowsLife => Kind is FailureKind.Answer;
}

public enum FailureKind
{
    /// <summary>It answered, with something that says nothing: an error, nonsense, "not now".</summary>
    Answer,

    /// <summary>No answer in time. It may have arrived.</summary>
    Timeout,

    /// <summary>The connection broke, or a 503. It may have arrived.</summary>
    Unreachable,

    /// <summary>No connection was made: it certainly did not arrive.</summary>
    NotConnected,
}
