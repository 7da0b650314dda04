using System.Diagnostics;
using Concordat.Samples.Bank.Driver;

namespace Concordat.Torture.Tests.Worlds;

/// <summary>What was done, and what became of the transfers: the figures of a run.</summary>
internal sealed class Tally
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly SortedDictionary<string, int> _faults = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private int _rounds;

    /// <summary>All faults so far.</summary>
    internal int Faults => _faults.Values.Sum();

    internal int NextRound() => ++_rounds;

    internal void Count(string fault) => _faults[fault] = _faults.GetValueOrDefault(fault) + 1;

    internal void Add(IEnumerable<TransferResult> results)
    {
        foreach (var result in results)
        {
            var what = result.Outcome == Outcome.Committed ? "committed" : $"aborted: {result.Reason}";
            _outcomes[what] = _outcomes.GetValueOrDefault(what) + 1;
        }
    }

    public override string ToString() =>
        $"{Faults:N0} faults in {_rounds} rounds and {Stopwatch.GetElapsedTime(_start).TotalSeconds:0} s ({Text(_faults)}); {_outcomes.Values.Sum():N0} transfers ({Text(_outcomes)})";

    private static string Text(SortedDictionary<string, int> counts) => string.Join(", ", counts.Select(c => $"{c.Value:N0} {c.Key}"));
}
