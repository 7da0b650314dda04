namespace Concordat.Matrix.Tests;

/// <summary>What an application uses to change two databases, and here also a service, in one transaction.</summary>
public enum Stack
{
    NpgsqlScope,
    EntityFrameworkScope,
    Postgres,
    MariaDb,
    Mixed,
}

/// <summary>Who is killed.</summary>
public enum Victim
{
    Client,
    Coordinator,
    FirstDatabase,
    SecondDatabase,
    Participant,
}

/// <summary>When.</summary>
public enum Point
{
    /// <summary>All the work is done; no prepare has reached a database.</summary>
    BeforePrepare,

    /// <summary>The first database has prepared, and its answer is on its way. The second one has not been asked.</summary>
    FirstPrepared,

    /// <summary>All have prepared; the coordinator has not been told so.</summary>
    AllPrepared,

    /// <summary>The decision is durable, and the answer on its way. Nobody has committed.</summary>
    Decided,

    /// <summary>The first database has committed, and its answer is on its way. Nobody else has.</summary>
    FirstCommitted,
}

/// <summary>One cell of the matrix.</summary>
internal readonly record struct Cell(Stack Stack, Victim Victim, Point Point)
{
    internal static IEnumerable<Cell> All =>
        from stack in Enum.GetValues<Stack>()
        from victim in VictimsOf(stack)
        from point in Enum.GetValues<Point>()
        select new Cell(stack, victim, point);

    internal static IEnumerable<Victim> VictimsOf(Stack stack) => Enum.GetValues<Victim>().Where(v => v != Victim.Participant || stack == Stack.Mixed);

    /// <summary>
    /// What must come of it. A decision stands. Before it a transaction outlives only what has nothing to lose or nothing to say any more: a database or
    /// a service that has prepared and said so, a service that was not called yet, and a client whose commit is on its way.
    /// </summary>
    internal bool Commits => Point >= Point.Decided || Victim switch
    {
        Victim.Coordinator => false,
        Victim.Client => Point == Point.AllPrepared && Stack == Stack.Mixed,
        Victim.FirstDatabase or Victim.SecondDatabase => Point == Point.AllPrepared,
        _ => true,
    };

    /// <summary>The coordinator hears of it by the deadline alone: nobody lives who would tell it.</summary>
    internal bool WaitsForDeadline => Victim == Victim.Client && !Commits;

    public override string ToString() => $"{Stack}, {Victim} killed at {Point}";
}
