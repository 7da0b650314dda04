using System.Diagnostics;
using System.Globalization;

namespace Concordat.Fuzz.Tests.Support;

/// <summary>
/// Runs a property over generated cases. CONCORDAT_FUZZ_SEED=S repeats a run, S:N its case N alone; CONCORDAT_FUZZ_COUNT says how many cases
/// (times a property's own weight); CONCORDAT_LONG=1 goes on for minutes instead of counting.
/// </summary>
internal static class Fuzzing
{
    /// <summary>Ten properties, two at a time: twenty minutes.</summary>
    private static readonly TimeSpan LongPerProperty = TimeSpan.FromMinutes(4);

    private static readonly string? Given = NonEmpty("CONCORDAT_FUZZ_SEED");
    private static readonly int? Only = Given?.Split(':') is [_, var one] ? int.Parse(one, CultureInfo.InvariantCulture) : null;

    public static bool IsLong => Environment.GetEnvironmentVariable("CONCORDAT_LONG") == "1";

    /// <summary>The same in every short run, so that a change is judged by what it changed; new ones are hunted with the long form.</summary>
    public static ulong Seed { get; } = Given is null
        ? (IsLong ? (ulong)Random.Shared.NextInt64() : 1)
        : ulong.Parse(Given.Split(':')[0], CultureInfo.InvariantCulture);

    /// <param name="property">Part of each case's seed.</param>
    /// <param name="count">Cases of the default form.</param>
    public static async Task Cases(string property, int count, Func<Dice, int, Task> check)
    {
        var watch = Stopwatch.StartNew();
        var wanted = Count(count);
        var index = Only ?? 0;
        for (; Only is null ? IsMore(index) : index == Only; index++)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            try
            {
                await check(new Dice(Dice.Mix(Seed, property, index)), index);
            }
            catch (Exception e) when (e is not OperationCanceledException || !TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                Assert.Fail($"{property}: case {index} of seed {Seed}. Repeat the run with CONCORDAT_FUZZ_SEED={Seed}, or this case alone with CONCORDAT_FUZZ_SEED={Seed}:{index}\n{e}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{property}: {index} cases of seed {Seed} in {watch.Elapsed.TotalSeconds:0.0} s");

        bool IsMore(int next) => IsLong && NonEmpty("CONCORDAT_FUZZ_COUNT") is null ? watch.Elapsed < LongPerProperty : next < wanted;
    }

    private static int Count(int count) =>
        NonEmpty("CONCORDAT_FUZZ_COUNT") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : count;

    private static string? NonEmpty(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? text : null;
}
