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

/// <summary>Commit or rollback is done.</summary>
public sealed record Done : CallResult
{
    public static readonly Done Instance = new();

    private Done()
    {
    }
}

/// <summary>410: "I know that I do not have it".</summary>
public sealed record NeverHeardOf(string Detail) : CallResult;

/// <summary>A definite refusal that is no vote: the branch fails at once and is rolled back, since it may have prepared.</summary>
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
