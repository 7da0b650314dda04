namespace Concordat.Fuzz.Tests.Support;

/// <summary>Everything random of one case. The same seed makes the same case, on every machine.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        // SplitMix64: the framework's Random may change with its version, and committed seeds with it.
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public bool OneIn(int n) => Below(n) == 0;

    public T Pick<T>(params ReadOnlySpan<T> items) => items[Below(items.Length)];

    public T PickFrom<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>1, often; seldom more.</summary>
    public int Few()
    {
        var count = 1;
        while (count < 6 && OneIn(3))
        {
            count++;
        }

        return count;
    }

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = (byte)Next();
        }

        return bytes;
    }

    public static ulong Mix(ulong seed, string name, int index)
    {
        var hash = seed ^ 14695981039346656037;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return new Dice(hash + (ulong)index).Next();
    }
}
