namespace Concordat.Samples.Bank.Driver;

/// <summary>
/// After how many finished transfers a process is killed. The middle of the run (5 % to 90 %) is cut into as many pieces as there
/// are kills, and one falls somewhere into each: so all fall among live work, and no two runs with different seeds are alike.
/// </summary>
internal static class KillPlan
{
    public static int[] For(RunOptions options, int service)
    {
        var random = new Random(HashCode(options.Seed, service));
        var first = options.Transfers * 5 / 100;
        var length = options.Transfers * 85 / 100;
        return [.. Enumerable.Range(0, options.Kills).Select(k =>
        {
            var from = first + (int)((long)length * k / options.Kills);
            var to = first + (int)((long)length * (k + 1) / options.Kills);
            return from + random.Next(Math.Max(1, to - from));
        })];
    }

    // System.HashCode differs from process to process; this does not.
    private static int HashCode(int seed, int service) => unchecked(seed * 31 + service + 1);
}
