using System.Globalization;

namespace Concordat.Simulation.Tests;

/// <summary>How much is run: a short form always, more with <c>./test.sh --long</c>.</summary>
internal static class Settings
{
    internal static bool IsLong => Environment.GetEnvironmentVariable("CONCORDAT_LONG") is not null;

    /// <summary>The first seed: new ones each time, unless a run is to be repeated.</summary>
    internal static ulong FirstSeed { get; } = Number("CONCORDAT_SEED") ?? (ulong)DateTime.UtcNow.Ticks / 10_000_000 * 1_000_000;

    internal static long Seeds { get; } = (long)(Number("CONCORDAT_SEEDS") ?? (IsLong ? 1_000_000u : 20_000u));

    private static ulong? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : null;
}
