namespace Concordat.Client;

/// <summary>Scopes that are being disposed and whose outcome the coordinator does not give. Each blocks a thread.</summary>
/// <param name="Count">How many.</param>
/// <param name="Since">Since when the oldest of them asks in vain; null where there is none.</param>
public readonly record struct ScopeWaits(int Count, DateTimeOffset? Since);
