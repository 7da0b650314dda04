using Concordat.Core;

namespace Concordat.Simulation;

/// <summary>All chance of a run, or of one part of it, from one seed.</summary>
internal sealed class Dice(ulong seed)
{
    private readonly SplitMix64 _random = new(seed);

    internal ulong Next() => _random.Next();

    /// <summary>From 0 to one less than <paramref name="limit"/>.</summary>
    internal int Below(int limit) => (int)(((_random.Next() >> 32) * (ulong)limit) >> 32);

    internal int Between(int least, int most) => least + Below(most - least + 1);

    internal bool Chance(double probability) => probability > 0 && _random.NextUnit() < probability;

    /// <summary>Even between the two.</summary>
    internal TimeSpan Between(TimeSpan least, TimeSpan most) =>
        least + TimeSpan.FromTicks((long)((most - least).Ticks * _random.NextUnit()));

    internal Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, _random.Next());
        BitConverter.TryWriteBytes(bytes[8..], _random.Next());
        return new Guid(bytes);
    }

    internal T Pick<T>(ReadOnlySpan<T> from) => from[Below(from.Length)];

    /// <summary>Another die, independent of this one.</summary>
    internal Dice Split() => new(_random.Next());
}
