namespace Concordat.Client.Sagas;

/// <summary>The barrier's database cannot be reached, is busy, or broke off: whether the call was done, the same call again finds out.</summary>
public sealed class SagaBarrierUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
