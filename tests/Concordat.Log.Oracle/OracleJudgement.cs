namespace Concordat.Log.Oracle;

/// <summary>A place in the log's files: segment number and byte offset.</summary>
public readonly record struct OraclePlace(long Segment, long Offset);

/// <summary>A good frame and where it stands.</summary>
public sealed record OracleEntry(OraclePlace Place, OracleFrame Frame);

/// <summary>What the format's document says about a set of files.</summary>
public abstract record OracleJudgement
{
    private OracleJudgement()
    {
    }

    /// <summary>There is no log here, or its creation was cut.</summary>
    public sealed record NoLog : OracleJudgement;

    /// <summary>A header is whole, but of a format that this reader does not know.</summary>
    public sealed record OtherVersion(OraclePlace Place, uint Version) : OracleJudgement;

    /// <summary>Bytes that were durable are gone, or the files cannot be of one log. Nothing may be written.</summary>
    public sealed record Damaged(OraclePlace Place, string Why) : OracleJudgement;

    /// <summary>The log ends at <see cref="NextPosition"/>, which stands at <see cref="End"/>.</summary>
    /// <param name="Frames">All good frames, marks included, in order.</param>
    /// <param name="AttestedPosition">The highest durable position that a good frame names.</param>
    /// <param name="IsTorn">Whether a flush that a crash cut lies behind the end, to be erased.</param>
    public sealed record Sound(
        Guid Identity, IReadOnlyList<OracleEntry> Frames, long NextPosition, OraclePlace End, long AttestedPosition, bool IsTorn)
        : OracleJudgement
    {
        /// <summary>The records among the good frames.</summary>
        public IEnumerable<OracleEntry> Records => Frames.Where(entry => entry.Frame.IsRecord);
    }
}
