namespace Concordat;

/// <summary>A scope cannot be made here and now, by the rules of scopes: the message says which. Nothing is open: what was begun is rolled back.</summary>
public sealed class ScopeRefusedException(string message) : ConcordatException(message);
