namespace Concordat.Core;

/// <summary>
/// Exponential backoff with a cap and full-range jitter in the upper half, so that many who failed together do not come back
/// together ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015: "equal jitter").
/// </summary>
/// <param name="Initial">The first wait.</param>
/// <param name="Cap">No wait is longer.</param>
public sealed record Backoff(TimeSpan Initial, TimeSpan Cap)
{
    /// <param name="failures">How many attempts in a row have failed: 1 after the first.</param>
    public TimeSpan After(int failures, SplitMix64 random)
    {
        var doublings = Math.Clamp(failures - 1, 0, 30);
        var full = Math.Min(Initial.TotalMilliseconds * (1L << doublings), Cap.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(full / 2 + full / 2 * random.NextUnit());
    }
}

/// <summary>
/// A small deterministic generator for jitter. The seed comes in from outside, so that a run can be repeated.
/// (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.)
/// </summary>
public sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>In [0, 1).</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));
}
