namespace Concordat.Client;

/// <summary>How a scope ends.</summary>
internal abstract record ScopeEnding
{
    private ScopeEnding()
    {
    }

    public sealed record Committed : ScopeEnding
    {
        public static readonly Committed It = new();
    }

    public sealed record Aborted(Exception Why) : ScopeEnding;

    /// <summary>The coordinator has no answer to give any more.</summary>
    public sealed record Forgotten(Exception Why) : ScopeEnding;
}
