namespace Concordat.Core.Locking;

/// <summary>A key that a transaction holds.</summary>
internal sealed class Hold(LockKey key, LockOwner owner)
{
    internal LockKey Key { get; } = key;

    internal LockOwner Owner { get; } = owner;

    internal LockMode Mode;

    /// <summary>How it was granted, on record; null until the request that took it is complete.</summary>
    internal LockMode? Granted;

    /// <summary>0 until then.</summary>
    internal long Token;

    internal Timestamp Since;

    /// <summary>Neighbours among the holders of the key.</summary>
    internal Hold? PreviousOfKey, NextOfKey;

    /// <summary>Neighbours among what the owner holds.</summary>
    internal Hold? PreviousOfOwner, NextOfOwner;
}
