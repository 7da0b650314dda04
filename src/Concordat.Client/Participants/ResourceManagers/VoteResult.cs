using System.Text;

namespace Concordat.Client.Participants;

/// <summary>What a resource manager answers to prepare.</summary>
public sealed class VoteResult
{
    /// <summary>The longest evidence that the coordinator keeps, in bytes of UTF-8.</summary>
    public const int MaxEvidenceBytes = 256;

    private VoteResult(Vote vote, string? reason, string? evidence) => (Vote, Reason, Evidence) = (vote, reason, evidence);

    public Vote Vote { get; }

    /// <summary>Why not, for people. Cut to 200 characters.</summary>
    public string? Reason { get; }

    public string? Evidence { get; }

    /// <summary>It can still do either, and has promised to do what it is told.</summary>
    /// <param name="evidence">Kept with the decision and sent back with commit and rollback; at most 256 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">The evidence is longer.</exception>
    public static VoteResult Yes(string? evidence = null)
    {
        if (evidence is not null && Encoding.UTF8.GetByteCount(evidence) > MaxEvidenceBytes)
        {
            throw new ArgumentException($"Evidence has at most {MaxEvidenceBytes} bytes of UTF-8.", nameof(evidence));
        }

        return new VoteResult(Vote.Yes, null, evidence);
    }

    /// <summary>It refuses, and holds nothing of the branch any more: the transaction aborts.</summary>
    public static VoteResult No(string reason) => new(Vote.No, reason, null);

    /// <summary>There is nothing to undo or to keep: it hears no more of the transaction.</summary>
    public static VoteResult ReadOnly() => new(Vote.ReadOnly, null, null);
}
