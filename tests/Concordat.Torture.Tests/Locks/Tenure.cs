using System.Globalization;
using System.Text.RegularExpressions;

namespace Concordat.Torture.Tests.Locks;

/// <summary>What a client says that it held before it asked to commit, from when to when, in ticks of the machine's steady clock.</summary>
internal sealed partial record Tenure(TransactionId Transaction, long From, long To, IReadOnlyList<(string Key, LockMode Mode, long Token)> Locks)
{
    /// <summary>Of all that a client has printed; a last line that was cut off by its death is none.</summary>
    internal static IEnumerable<Tenure> In(string output) => Line().Matches(output).Select(match => new Tenure(
        TransactionId.Parse(match.Groups["id"].Value),
        long.Parse(match.Groups["from"].Value, CultureInfo.InvariantCulture),
        long.Parse(match.Groups["to"].Value, CultureInfo.InvariantCulture),
        [.. match.Groups["locks"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(LockOf)]));

    /// <summary>
    /// Whether no two held a key at the same time unless both shared it, and whoever came later has the higher token: of those that committed, for whoever did not
    /// may have lost its locks, with its coordinator or at its deadline, and not know it.
    /// </summary>
    /// <returns>What contradicts, in words.</returns>
    internal static IEnumerable<string> Conflicts(IReadOnlyCollection<Tenure> committed)
    {
        foreach (var key in committed.SelectMany(t => t.Locks.Select(l => (Tenure: t, l.Key, l.Mode, l.Token))).GroupBy(l => l.Key, StringComparer.Ordinal))
        {
            var inOrder = key.OrderBy(l => l.Tenure.From).ToList();
            for (var i = 0; i < inOrder.Count; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    var (before, after) = (inOrder[j], inOrder[i]);
                    if (before.Mode == LockMode.Shared && after.Mode == LockMode.Shared)
                    {
                        continue;
                    }

                    if (before.Tenure.To > after.Tenure.From)
                    {
                        yield return $"{key.Key} was held by {before.Tenure.Transaction} ({before.Mode}) and {after.Tenure.Transaction} ({after.Mode}) at once";
                    }
                    else if (before.Token >= after.Token)
                    {
                        yield return $"{key.Key} was held by {before.Tenure.Transaction} with token {before.Token}, and later by {after.Tenure.Transaction} with {after.Token}";
                    }
                }
            }
        }
    }

    private static (string Key, LockMode Mode, long Token) LockOf(string text) =>
        text.Split(':') is [var key, var mode, var token]
            ? (key, Enum.Parse<LockMode>(mode), long.Parse(token, CultureInfo.InvariantCulture))
            : throw new FormatException($"'{text}' is no key, mode and token");

    [GeneratedRegex(@"^holds (?<id>\S+) (?<from>\d+) (?<to>\d+) (?<locks>.*) \.$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Line();
}
