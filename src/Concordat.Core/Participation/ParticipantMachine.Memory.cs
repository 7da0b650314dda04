using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.ParticipantEffect;
using static Concordat.Core.Participation.ParticipantInput;

// What is remembered, for how long, and how much of the log is spoken for.
public sealed partial class ParticipantMachine
{
    private readonly Dictionary<ulong, CoordinatorMemory> _coordinators = [];
    private long _roomBytes = long.MaxValue / 2;
    private long _reservedBytes;

    /// <summary>What of the log's room is promised to branches that have not ended.</summary>
    public long ReservedBytes => _reservedBytes;

    /// <summary>What of the log's room is free for new promises.</summary>
    public long FreeBytes => _roomBytes - _reservedBytes;

    /// <summary>How much still fits into the log. The host says it before each batch; the machine counts its own records down.</summary>
    public void SetRoom(long bytes) => _roomBytes = bytes;

    private sealed class CoordinatorMemory
    {
        /// <summary>The highest <c>endedBefore</c> seen. It never falls.</summary>
        public Timestamp EndedBefore;

        /// <summary>What may be forgotten, oldest first.</summary>
        public readonly PriorityQueue<Branch, Timestamp> Ended = new();
    }

    private Timestamp MarkOf(TransactionId transaction) =>
        _coordinators.TryGetValue(transaction.Coordinator, out var memory) ? memory.EndedBefore : Timestamp.Zero;

    /// <returns>False where there is no room for a further coordinator.</returns>
    private bool RaiseMark(ulong coordinator, Timestamp endedBefore)
    {
        if (!_coordinators.TryGetValue(coordinator, out var memory))
        {
            if (_coordinators.Count >= settings.MaxCoordinators)
            {
                return false;
            }

            _coordinators.Add(coordinator, memory = new CoordinatorMemory());
        }

        if (endedBefore <= memory.EndedBefore)
        {
            return true;
        }

        memory.EndedBefore = endedBefore;
        while (memory.Ended.TryPeek(out var oldest, out var createdAt) && createdAt < endedBefore)
        {
            memory.Ended.Dequeue();
            _branches.Remove(oldest.Key);
        }

        return true;
    }

    /// <summary>The branch is over. It is remembered until <c>endedBefore</c> passes it.</summary>
    private void Remember(Branch branch, BranchPhase phase)
    {
        if (!branch.IsLive)
        {
            // A rollback after a no: it is already among the remembered.
            branch.Phase = phase;
            return;
        }

        Retire(branch);
        branch.Phase = phase;
        if (branch.Terms.CreatedAt < MarkOf(branch.Key.Transaction))
        {
            // Its coordinator has already said that all of this age has ended: whatever comes about it is refused by age.
            _branches.Remove(branch.Key);
            return;
        }

        _coordinators[branch.Key.Transaction.Coordinator].Ended.Enqueue(branch, branch.Terms.CreatedAt);
    }

    /// <summary>From live to not live: gives back what a live branch holds.</summary>
    private void Retire(Branch branch)
    {
        _timers.Disarm(branch);
        Reserve(branch, 0);
        _live--;
        branch.Terms = branch.Terms with { Operations = [], InquiryUrl = null };
    }

    private void Reserve(Branch branch, long bytes)
    {
        _reservedBytes += bytes - branch.Reserved;
        branch.Reserved = bytes;
    }

    private Branch AddLive(BranchKey key, BranchTerms terms, bool onePhase)
    {
        var branch = new Branch(key, terms) { OnePhase = onePhase };
        _branches.Add(key, branch);
        _live++;
        return branch;
    }

    /// <summary>A tombstone of a branch that was never live here.</summary>
    private Branch AddRemembered(BranchKey key, Timestamp createdAt, BranchPhase phase, bool onePhase = false)
    {
        var branch = new Branch(key, new BranchTerms { CreatedAt = createdAt }) { Phase = phase, OnePhase = onePhase };
        _branches.Add(key, branch);
        _coordinators[key.Transaction.Coordinator].Ended.Enqueue(branch, createdAt);
        return branch;
    }

    private void OnLocallyChanged(LocallyChanged input, ICollection<ParticipantEffect> effects)
    {
        var number = Append(new ParticipantRecord.Applied(input.Change), force: true, effects);
        effects.Add(new ParticipantEffect.Answer(input.Caller, new Reply.Done(), number));
    }

    private static string? Cut(string? reason) =>
        reason is { Length: > LogBudget.MaxReasonCharacters } ? reason[..LogBudget.MaxReasonCharacters] : reason;
}
