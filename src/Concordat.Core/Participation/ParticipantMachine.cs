using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.ParticipantEffect;
using static Concordat.Core.Participation.ParticipantInput;

/// <summary>
/// A participant's side of two-phase commit with presumed abort: what a branch promised, what became of it, and what must be
/// durable before anybody hears of it. A pure step from one state to the next; the host does the effects, in order.
/// </summary>
/// <remarks>
/// <code>
///                                        rollback, never heard of ─────────────────────────────┐
///                                                                                              ▼
///             prepare                yes [Prepared]             rollback, or inquiry: aborted, done [RolledBack]
///  unknown ────────────► PREPARING ─────────────────► PREPARED ───────────────────► ENDING ──────────► ROLLED BACK
///     ▲                  │   │    │                      │                        (aborted)                  │
///     │                  │   │    └ rollback meanwhile ──┼──────────────────────────▲                        │
///     │                  │   │      (after the handler)  │                                                   │
///     │                  │   │ no, read-only             │ commit, or inquiry: committed                     │
///     │                  │   ▼                           └─────────────────────────► ENDING ──────────► COMMITTED
///     │                  │  LEFT                                                  (committed) done [Committed] │
///     │                  └ one phase: yes ──────────────────────────────────────────────────────────────►▲  │
///     └───────────────────────── endedBefore of the coordinator has passed createdAt ◄──────────────────────┘
/// </code>
/// Names in brackets are records. What holds:
/// <list type="bullet">
/// <item>PREPARING: nothing is promised. A resource manager with a store of its own is asked only after a durable
/// <see cref="ParticipantRecord.Preparing"/>, so that a crash leaves nothing that the log does not know.</item>
/// <item>PREPARED: the yes waits for its record (I7). No timeout and no restart ends it, only the coordinator's word (I12);
/// it asks for that word, for ever.</item>
/// <item>ENDING: <see cref="Branch.Decided"/> is set and never changes; the resource manager is asked until it succeeds.</item>
/// <item>COMMITTED, ROLLED BACK (tombstones): every acknowledgement waits for the record (I8); repetitions are answered from it
/// and the resource manager is not asked again.</item>
/// <item>LEFT: remembered in memory. Forgotten by a restart it does no harm: the transaction has aborted on the no, or the branch
/// is prepared anew, asks, and is told.</item>
/// </list>
/// One caller at a time. Files: <c>Prepare</c>, <c>Complete</c> (commit and rollback), <c>Resource</c> (what the resource manager
/// answers), <c>InDoubt</c> (time and inquiries), <c>Memory</c> (tombstones, marks, room), <c>Replay</c>, <c>Checkpoint</c>.
/// </remarks>
public sealed partial class ParticipantMachine(ParticipantSettings settings, SplitMix64 random)
{
    private readonly Dictionary<BranchKey, Branch> _branches = [];
    private readonly TimerHeap _timers = new();
    private ulong _lastRecord;
    private int _live;

    /// <summary>When it wants a <see cref="Tick"/>, on the monotonic clock; null where nothing is pending.</summary>
    public TimeSpan? NextDue => _timers.NextDue;

    /// <summary>Branches that have not ended.</summary>
    public int LiveBranches => _live;

    /// <summary>Branches that are promised and whose outcome is not known here.</summary>
    public int InDoubt { get; private set; }

    /// <summary>Ended branches that are remembered.</summary>
    public int Remembered => _branches.Count - _live;

    /// <summary>One thing happened. What is to be done about it is added to <paramref name="effects"/>, in order.</summary>
    public void Step(ParticipantInput input, Now now, ICollection<ParticipantEffect> effects)
    {
        if (input is ParticipantInput.Call call && !RaiseMark(call.Key.Transaction.Coordinator, call.EndedBefore))
        {
            effects.Add(new ParticipantEffect.Answer(call.Caller, new Reply.Full($"{settings.MaxCoordinators} coordinators are known; no further one is taken"), 0));
            return;
        }

        switch (input)
        {
            case PrepareCalled i:
                OnPrepare(i, i.Terms, onePhase: false, now, effects);
                break;
            case OnePhaseCalled i:
                OnPrepare(i, i.Terms, onePhase: true, now, effects);
                break;
            case CommitCalled i:
                OnCommit(i, effects);
                break;
            case RollbackCalled i:
                OnRollback(i, effects);
                break;
            case ResourceFinished i:
                OnResourceFinished(i, now, effects);
                break;
            case InquiryAnswered i:
                OnInquiryAnswered(i, now, effects);
                break;
            case LocallyChanged i:
                OnLocallyChanged(i, effects);
                break;
            case Tick:
                OnTick(now, effects);
                break;
            default:
                throw new ParticipantInvariantException($"no rule for a {input.GetType().Name}");
        }
    }

    private static void Require(bool condition, string invariant)
    {
        if (!condition)
        {
            throw new ParticipantInvariantException(invariant);
        }
    }

    /// <summary>The only way a record comes to be: numbered, counted against the room, and remembered as what the branch waits for.</summary>
    private ulong Append(ParticipantRecord record, bool force, ICollection<ParticipantEffect> effects, Branch? branch = null)
    {
        var number = ++_lastRecord;
        _roomBytes -= LogBudget.SizeOf(record);
        if (branch is not null)
        {
            branch.Record = number;
        }

        effects.Add(new ParticipantEffect.Append(record, number, force));
        return number;
    }

    private static void Tell(List<Caller> callers, Reply reply, ulong after, ICollection<ParticipantEffect> effects)
    {
        foreach (var caller in callers)
        {
            effects.Add(new ParticipantEffect.Answer(caller, reply, after));
        }

        callers.Clear();
    }

    /// <summary>Lets a caller wait for the branch, if there is a place.</summary>
    private void Wait(Branch branch, List<Caller> callers, Caller caller, ICollection<ParticipantEffect> effects)
    {
        if (branch.VoteCallers.Count + branch.EndCallers.Count >= settings.MaxCallersPerBranch)
        {
            effects.Add(new ParticipantEffect.Answer(caller, new Reply.Full($"{settings.MaxCallersPerBranch} calls already wait for branch {branch.Key}"), 0));
            return;
        }

        callers.Add(caller);
    }

    private void Run(Branch branch, ResourceCall what, Caller? cause, ICollection<ParticipantEffect> effects)
    {
        Require(!branch.Running, $"two calls to the resource manager about {branch.Key} at once");
        branch.Running = true;
        _timers.Disarm(branch);
        effects.Add(new Run(branch.Key, what, branch.Terms, branch.DecisionEvidence, cause, branch.Record));
    }
}
