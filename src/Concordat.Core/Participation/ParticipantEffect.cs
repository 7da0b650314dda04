using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

/// <summary>
/// What the host has to do, in this order. An effect with an <see cref="After"/> waits until that record is durable; the
/// effects behind it do not wait with it. Appends are made in the order of their numbers, which have no gaps.
/// </summary>
/// <param name="After">The number of the record that must be durable first. 0 waits for nothing.</param>
public abstract record ParticipantEffect(ulong After)
{
    /// <summary>Write a record.</summary>
    /// <param name="Number">Rises by one with every record of this run.</param>
    /// <param name="Force">Somebody waits for it: make it durable without delay.</param>
    public sealed record Append(ParticipantRecord Record, ulong Number, bool Force) : ParticipantEffect(0);

    /// <summary>Call the resource manager, and come back with <see cref="ParticipantInput.ResourceFinished"/>, whatever happens.</summary>
    /// <param name="Evidence">What the coordinator sent back with commit or rollback; null where an inquiry told the outcome.</param>
    /// <param name="Cause">The call that led to it, for tracing; null where time or an inquiry did.</param>
    public sealed record Run(BranchKey Key, ResourceCall What, BranchTerms Terms, string? Evidence, Caller? Cause, ulong After)
        : ParticipantEffect(After);

    /// <summary>Answer somebody who waits.</summary>
    public sealed record Answer(Caller Caller, Reply Reply, ulong After) : ParticipantEffect(After);

    /// <summary>Ask the coordinator for the outcome, and come back with <see cref="ParticipantInput.InquiryAnswered"/>, whatever happens.</summary>
    public sealed record Ask(BranchKey Key, string? InquiryUrl, int Attempt, ulong After) : ParticipantEffect(After);
}

/// <summary>What a caller is told.</summary>
public abstract record Reply
{
    private Reply()
    {
    }

    public sealed record Voted(Vote Vote, string? Reason = null, string? Evidence = null) : Reply;

    /// <summary>A no that is no vote: the branch cannot be prepared any more, whoever asks.</summary>
    public sealed record Refused(string Reason) : Reply;

    /// <summary>Committed, rolled back, recorded.</summary>
    public sealed record Done : Reply;

    /// <summary>"I know that I do not have it."</summary>
    public sealed record NotHeld(string Text) : Reply;

    /// <summary>The opposite was done: never acknowledged.</summary>
    public sealed record Conflict(string Text) : Reply;

    /// <summary>A commit before the prepared state is there: ask again.</summary>
    public sealed record TooEarly(string Text) : Reply;

    /// <summary>A named maximum is reached: ask again later.</summary>
    public sealed record Full(string Text) : Reply;

    /// <summary>The resource manager failed: ask again.</summary>
    public sealed record Failed(string Text) : Reply;
}
