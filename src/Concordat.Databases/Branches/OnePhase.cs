namespace Concordat.Databases.Branches;

/// <summary>What became of a commit without a prepare.</summary>
internal abstract record OnePhase
{
    private OnePhase()
    {
    }

    internal sealed record Committed : OnePhase;

    /// <summary>The server refused, and undid it.</summary>
    internal sealed record RolledBack(string Reason, string? Code) : OnePhase;

    /// <summary>The answer was lost. <see cref="Dialect.FateAsync"/> tells, from the evidence that was offered, as soon as the server knows.</summary>
    internal sealed record Unknown(Exception Cause) : OnePhase;
}
