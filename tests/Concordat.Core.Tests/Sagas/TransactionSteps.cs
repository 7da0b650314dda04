using Concordat.Core.Records;
using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Sagas;

/// <summary>The transactions that a saga's steps have begun, and what is known of them: from the log what has committed, from the answers who refused.</summary>
internal sealed class TransactionSteps
{
    private readonly List<(int Step, StepPhase Phase, TransactionId Id, int At)> _begun = [];
    private readonly Dictionary<TransactionId, int> _commits = [];
    private readonly HashSet<TransactionId> _refused = [];

    private readonly Dictionary<int, int> _attempts = [];
    private int _durable;

    internal void Begin(int step, StepPhase phase, TransactionId id, int at)
    {
        _begun.Add((step, phase, id, at));
        _attempts[step] = _attempts.GetValueOrDefault(step) + (phase == StepPhase.Action ? 1 : 0);
    }

    internal bool HasBegun(int step, StepPhase phase) => _begun.Exists(b => b.Step == step && b.Phase == phase);

    internal void Committed(TransactionId id, int at) => _commits[id] = at;

    internal void DurableUpTo(int records) => _durable = records;

    internal void Refused(TransactionId id) => _refused.Add(id);

    internal bool IsRefused(int step) => _begun.FindLast(b => b.Step == step && b.Phase == StepPhase.Action) is var last && _refused.Contains(last.Id);

    /// <summary>How many were begun since the coordinator's start.</summary>
    internal int AttemptsOf(int step) => _attempts.GetValueOrDefault(step);

    internal bool HasCommitted(int step, StepPhase phase) => _begun.Exists(b => b.Step == step && b.Phase == phase && _commits.ContainsKey(b.Id));

    internal bool HasCommittedDurably(int step, StepPhase phase) =>
        _begun.Exists(b => b.Step == step && b.Phase == phase && _commits.TryGetValue(b.Id, out var at) && at < _durable);

    /// <summary>How many transactions of a step's phase have committed, over all starts.</summary>
    internal int CommitsOf(int step, StepPhase phase) => _begun.Where(b => b.Step == step && b.Phase == phase && _commits.ContainsKey(b.Id)).Select(b => b.Id).Distinct().Count();

    internal void Crashed(int surviving, int dropped)
    {
        _begun.RemoveAll(b => b.At >= surviving);
        foreach (var (id, at) in _commits.ToArray())
        {
            if (at >= surviving)
            {
                _commits.Remove(id);
            }
            else
            {
                _commits[id] = at - dropped;
            }
        }

        for (var i = 0; i < _begun.Count; i++)
        {
            _begun[i] = _begun[i] with { At = _begun[i].At - dropped };
        }

        _refused.Clear();
        _attempts.Clear();
        _durable = int.MaxValue;
    }
}
