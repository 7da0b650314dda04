namespace Concordat.Databases.Branches;

/// <summary>What a branch says before it is committed without a prepare.</summary>
internal abstract record OnePhaseOffer
{
    private OnePhaseOffer()
    {
    }

    /// <summary>It is still open. With the evidence <see cref="Dialect.FateAsync"/> can tell afterwards what became of it.</summary>
    internal sealed record Ready(string Evidence) : OnePhaseOffer;

    /// <summary>It wrote nothing, and is over.</summary>
    internal sealed record ReadOnly : OnePhaseOffer;

    /// <summary>It cannot be committed any more, and what it wrote is undone, by now or when its connection ends.</summary>
    internal sealed record Refused(string Reason, string? Code) : OnePhaseOffer;
}
