namespace Concordat.Cli.Checking;

/// <summary>What an audit found. All are counted; beyond <see cref="MostKept"/> violations are not kept in full.</summary>
internal sealed class Findings
{
    internal const int MostKept = 10_000;
    private readonly List<Violation> _violations = [];
    private readonly SortedDictionary<ViolationKind, long> _counts = [];
    private readonly SortedDictionary<NotChecked, long> _notChecked = [];

    internal IReadOnlyList<Violation> Violations => _violations;

    internal IReadOnlyDictionary<ViolationKind, long> Counts => _counts;

    /// <summary>Branches that could not be judged, by reason.</summary>
    internal IReadOnlyDictionary<NotChecked, long> Unjudged => _notChecked;

    /// <summary>Branches that were judged and are as they must be.</summary>
    internal long Sound { get; private set; }

    internal long Total => _counts.Values.Sum();

    internal void Add(ViolationKind kind, Place where, string text, params IReadOnlyList<RecordReference> records)
    {
        _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        if (_violations.Count < MostKept)
        {
            _violations.Add(new Violation(kind, where, text, records));
        }
    }

    internal void Add(NotChecked reason) => _notChecked[reason] = _notChecked.GetValueOrDefault(reason) + 1;

    internal void AddSound() => Sound++;

    internal void AddAll(Findings other)
    {
        foreach (var (kind, count) in other._counts)
        {
            _counts[kind] = _counts.GetValueOrDefault(kind) + count;
        }

        _violations.AddRange(other._violations.Take(MostKept - _violations.Count));
    }
}
