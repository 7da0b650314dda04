using System.Runtime.InteropServices;
using Concordat.Core.Participation;

namespace Concordat.Cli.Checking;

/// <summary>
/// Holds the logs against one another, by transaction id and branch. Each branch gets one judgement: sound, not checked and why,
/// or a violation. The rules, for a branch of a transaction that the coordinator's log has:
/// <code>
///   coordinator says      participant: committed        rolled back               promised              nothing
///   committed, its yes    sound                         RolledBackCommitted       ended: NotDelivered   YesWithoutPromise
///   committed, no yes     CommitNotVoted                sound                     unfinished            sound
///   aborted               CommittedAborted              sound                     ended: NotDelivered   sound
///   undecided             CommitWithoutDecision (1)     unfinished                unfinished            unfinished
/// </code>
/// (1) In one phase the participant decides first: unfinished. Of a transaction that the coordinator's log does not have, a rollback
/// is sound (abort is presumed), a promise unfinished (it asks), a commit a violation; all that only within what the logs still hold.
/// </summary>
internal sealed class Audit(ReadLog<CoordinatorHistory> coordinatorLog, ulong coordinatorNumber, IReadOnlyList<ReadLog<ParticipantHistory>> participants)
{
    private readonly CoordinatorHistory _coordinator = coordinatorLog.Taker;
    private int _run;
    private Findings _findings = new();

    internal Findings Run()
    {
        _run++;
        _findings = new Findings();
        foreach (var (id, facts) in _coordinator.Transactions)
        {
            for (var i = 0; i < facts.Branches.Length; i++)
            {
                JudgeBranch(id, facts, facts.Branches[i]);
            }
        }

        foreach (var participant in participants)
        {
            foreach (var (key, promise) in participant.Taker.Branches)
            {
                if (promise.Judged != _run)
                {
                    JudgeLeftOver(participant.Taker, key, promise);
                }
            }
        }

        return _findings;
    }

    private void JudgeBranch(TransactionId id, TransactionFacts facts, in BranchFacts branch)
    {
        var (log, promise) = Find(new BranchKey(id, branch.Id), branch.Participant);
        if (branch.IsSettledByHand || facts.IsSettledUnseen)
        {
            _findings.Add(NotChecked.SettledByHand);
        }
        else if (promise is { } found && (found.IsPromised || found.Outcome is not null))
        {
            Judge(new Case(id, facts, branch, log!, found));
        }
        else if (log is null)
        {
            _findings.Add(NotChecked.NoLogGiven);
        }
        else
        {
            JudgeAbsent(new Case(id, facts, branch, log, default));
        }
    }

    private void Judge(Case c)
    {
        switch (c.Facts.Outcome, c.Promise.Outcome)
        {
            case (null, Outcome.Committed) when c.Facts.OnePhase:
            case (null, Outcome.Aborted):
                _findings.Add(NotChecked.Unfinished);
                break;
            case (null, Outcome.Committed) when coordinatorLog.IsDamaged:
                _findings.Add(NotChecked.LogDamaged);
                break;
            case (null, Outcome.Committed):
                Report(c, ViolationKind.CommitWithoutDecision, "committed, and the coordinator never decided that");
                break;
            case (Outcome.Aborted, Outcome.Committed):
                Report(c, ViolationKind.CommittedAborted, "committed what the coordinator aborted");
                break;
            case (Outcome.Committed, Outcome.Committed) when !c.Branch.VotedYes && !c.Promise.IsReadOnly:
                Report(c, ViolationKind.CommitNotVoted, "committed, and the decision does not count its yes");
                break;
            case (Outcome.Committed, Outcome.Aborted) when c.Branch.VotedYes:
                Report(c, ViolationKind.RolledBackCommitted, "rolled back what the coordinator committed on its yes");
                break;
            case (_, not null):
                _findings.AddSound();
                break;
            default:
                JudgePromised(c);
                break;
        }
    }

    /// <summary>After the end no branch that was told may still hold its promise (I9).</summary>
    private void JudgePromised(Case c)
    {
        if (c.Facts.End is null || c.Facts.IsLate)
        {
            _findings.Add(NotChecked.Unfinished);
        }
        else if (c.Log.IsDamaged)
        {
            _findings.Add(NotChecked.LogDamaged);
        }
        else if (c.Facts.End == Outcome.Committed && c.Branch.VotedYes)
        {
            Report(c, ViolationKind.CommitNotDelivered, "never committed, although the coordinator ended the transaction as committed");
        }
        else if (c.Facts.End == Outcome.Aborted && c.Branch.EndState == BranchState.Aborted)
        {
            Report(c, ViolationKind.RollbackNotDelivered, "never rolled back, although the coordinator ended the transaction as aborted");
        }
        else
        {
            // It said that it left, and was not told: it asks.
            _findings.Add(NotChecked.Unfinished);
        }
    }

    private void JudgeAbsent(Case c)
    {
        var isCounted = c.Facts.Outcome == Outcome.Committed && c.Branch.VotedYes;
        if (c.Log.IsDamaged)
        {
            _findings.Add(NotChecked.LogDamaged);
        }
        else if (!c.Log.Taker.KnowsAll || c.Facts.CreatedAt < c.Log.Taker.ForgetsBefore.GetValueOrDefault(c.Id.Coordinator))
        {
            _findings.Add(NotChecked.BeyondRetention);
        }
        else if (isCounted && !c.Facts.IsLate)
        {
            Report(c, ViolationKind.YesWithoutPromise, "the decision counts its yes, and its log knows nothing of it");
        }
        else if (c.Facts.End is null || c.Facts.IsLate)
        {
            _findings.Add(NotChecked.Unfinished);
        }
        else
        {
            _findings.AddSound();
        }
    }

    /// <summary>What the participant has and the coordinator's log does not name.</summary>
    private void JudgeLeftOver(ParticipantHistory participant, BranchKey key, in PromiseFacts promise)
    {
        var id = key.Transaction;
        if (id.Coordinator != coordinatorNumber)
        {
            _findings.Add(NotChecked.OtherCoordinator);
        }
        else if (_coordinator.Transactions.TryGetValue(id, out var facts))
        {
            JudgeUnknownBranch(participant, key, promise, facts);
        }
        else if (WhyUnknown(id, promise) is { } reason)
        {
            _findings.Add(reason);
        }
        else
        {
            var kind = _coordinator.KnowsEpoch(id.Nonce, out _) ? "never decided" : "does not even know the epoch of: its log is older than this one";
            JudgeUnknown(participant, key, promise, ViolationKind.CommitWithoutDecision, $"committed what the coordinator {kind}", []);
        }
    }

    private void JudgeUnknownBranch(ParticipantHistory participant, BranchKey key, in PromiseFacts promise, TransactionFacts facts)
    {
        if (facts.IsSettledUnseen)
        {
            _findings.Add(NotChecked.SettledByHand);
            return;
        }

        var (kind, text) = facts.Outcome switch
        {
            Outcome.Aborted => (ViolationKind.CommittedAborted, "committed what the coordinator aborted"),
            Outcome.Committed => (ViolationKind.CommitNotVoted, "committed a branch that the transaction does not have at this participant"),
            _ => (ViolationKind.CommitWithoutDecision, "committed, and the coordinator never decided that"),
        };
        JudgeUnknown(participant, key, promise, kind, text, _coordinator.RecordsOf(facts));
    }

    private void JudgeUnknown(
        ParticipantHistory participant, BranchKey key, in PromiseFacts promise, ViolationKind kind, string text, IReadOnlyList<RecordReference> records)
    {
        if (promise.Outcome == Outcome.Committed)
        {
            _findings.Add(kind, new Place(key.Transaction, key.Branch, participant.Name), text, [.. records, .. participant.RecordsOf(promise)]);
        }
        else if (promise.IsPromised && promise.Outcome is null)
        {
            _findings.Add(NotChecked.Unfinished);
        }
        else
        {
            _findings.AddSound();
        }
    }

    private NotChecked? WhyUnknown(TransactionId id, in PromiseFacts promise)
    {
        if (coordinatorLog.IsDamaged)
        {
            return NotChecked.LogDamaged;
        }

        if (!_coordinator.KnowsEpoch(id.Nonce, out var isUncertain))
        {
            return _coordinator.IsRestoredCopy ? NotChecked.RestoredCopy : promise.Outcome == Outcome.Committed ? null : NotChecked.UnknownEpoch;
        }

        return isUncertain ? NotChecked.RestoredCopy : promise.CreatedAt <= _coordinator.ForgetsUntil ? NotChecked.BeyondRetention : null;
    }

    /// <summary>
    /// The log that has the branch: first the one of its participant's name, then any, since a participant may be registered under
    /// another name than its own. Without such a branch: the log of that name, or none.
    /// </summary>
    private (ReadLog<ParticipantHistory>? Log, PromiseFacts? Promise) Find(BranchKey key, string participant)
    {
        ReadLog<ParticipantHistory>? named = null;
        foreach (var log in participants)
        {
            if (log.Taker.Name != participant)
            {
                continue;
            }

            named ??= log;
            if (Mark(log, key) is { } promise)
            {
                return (log, promise);
            }
        }

        foreach (var log in participants)
        {
            if (log.Taker.Name != participant && Mark(log, key) is { } promise)
            {
                return (log, promise);
            }
        }

        return (named, null);
    }

    private PromiseFacts? Mark(ReadLog<ParticipantHistory> log, BranchKey key)
    {
        ref var facts = ref CollectionsMarshal.GetValueRefOrNullRef(log.Taker.Branches, key);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref facts))
        {
            return null;
        }

        facts.Judged = _run;
        return facts;
    }

    private void Report(Case c, ViolationKind kind, string text) => _findings.Add(
        kind,
        new Place(c.Id, c.Branch.Id, c.Branch.Participant),
        text,
        [.. _coordinator.RecordsOf(c.Facts), .. c.Log.Taker.RecordsOf(c.Promise.CreatedAt == 0 ? Nothing : c.Promise)]);

    private static PromiseFacts Nothing => new() { PreparedAt = -1, EndedAt = -1 };

    private readonly record struct Case(
        TransactionId Id, TransactionFacts Facts, BranchFacts Branch, ReadLog<ParticipantHistory> Log, PromiseFacts Promise);
}
