namespace Concordat.Client.Resources;

/// <summary>What one sweep of a resource found and did.</summary>
/// <param name="At">When the database was listed.</param>
/// <param name="Prepared">What was listed, with what should become of each.</param>
/// <param name="Finished">How many of them were committed or rolled back.</param>
/// <param name="Done">How many branches the coordinator took for done because they are not prepared any more.</param>
/// <param name="Reported">Of how many more the database told the fate.</param>
/// <param name="Failures">What could not be finished or looked up now; the next sweep tries again.</param>
public sealed record Sweep(
    DateTimeOffset At, IReadOnlyList<JoinedBranch> Prepared, int Finished, int Done, int Reported, IReadOnlyList<SweepFailure> Failures)
{
    /// <summary>The coordinator waits to hear of more branches than it named: another sweep has something to do at once.</summary>
    public bool More { get; init; }

    /// <summary>How many markers of ended branches were removed (<see cref="IMarkerKeeper"/>).</summary>
    public int Forgotten { get; init; }

    /// <summary>How many it left prepared, by class.</summary>
    internal IEnumerable<KeyValuePair<PreparedClass, int>> Left => Prepared.Where(static b => !b.IsFinished).CountBy(static b => b.Class);

    /// <summary>The age of the oldest of them, where there is one and the database says.</summary>
    internal TimeSpan? OldestAge => Prepared.Where(static b => !b.IsFinished).Max(static b => b.Branch.Age);
}

/// <summary>A prepared branch of a database, joined with what the coordinator knows of it.</summary>
public sealed record JoinedBranch(PreparedBranch Branch, PreparedClass Class)
{
    /// <summary>Whether the sweep committed it or rolled it back.</summary>
    public bool IsFinished { get; init; }
}

/// <param name="Branch">Its name at the database.</param>
public sealed record SweepFailure(string Branch, Exception Cause);
