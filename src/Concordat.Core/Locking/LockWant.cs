namespace Concordat.Core;

/// <summary>One key that somebody wants to lock, and how.</summary>
public readonly record struct LockWant(string Key, LockMode Mode)
{
    /// <summary>The canonical order, the keys' own bytes, each key once in its stronger mode. Who takes several in this order never deadlocks with others who do.</summary>
    internal static LockWant[] InOrder(IEnumerable<LockWant> wants)
    {
        var sorted = wants.ToArray();
        Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        var count = 0;
        foreach (var want in sorted)
        {
            if (count > 0 && string.Equals(sorted[count - 1].Key, want.Key, StringComparison.Ordinal))
            {
                sorted[count - 1] = want with { Mode = (LockMode)Math.Max((int)sorted[count - 1].Mode, (int)want.Mode) };
            }
            else
            {
                sorted[count++] = want;
            }
        }

        return sorted[..count];
    }
}
