using Concordat.Cli.Logs;
using Concordat.Core.Records;

namespace Concordat.Cli.Checking;

/// <summary>
/// The coordinator's log as facts. A model of its own: it shares with the coordinator the form of the records and nothing of the
/// code that acts on them. Contradictions within the log are found while reading.
/// </summary>
internal sealed class CoordinatorHistory : IRecordTaker
{
    private readonly Dictionary<TransactionId, TransactionFacts> _transactions = [];
    private readonly Dictionary<ulong, bool> _epochs = [];
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly LogBeginning _beginning = new();
    private readonly LockHistory _locks;
    private readonly SagaHistory _sagas;

    internal SagaHistory Sagas => _sagas;

    internal CoordinatorHistory()
    {
        _locks = new LockHistory(Findings);
        _sagas = new SagaHistory(Findings, id => _transactions.GetValueOrDefault(id));
    }

    public string Name => "coordinator";

    public Findings Findings { get; } = new();

    public bool HasGap { get; private set; }

    internal IReadOnlyDictionary<TransactionId, TransactionFacts> Transactions => _transactions;

    /// <summary>Set before a second reading, of what was written while the participants' logs were read.</summary>
    internal bool ReadsLate { get; set; }

    /// <summary>Where the next reading begins.</summary>
    internal long NextPosition { get; private set; }

    /// <summary>What was created until then may be gone; null where the log is whole since its first epoch.</summary>
    internal long? ForgetsUntil => _beginning.ForgetsUntil;

    /// <summary>Some start was told that the log is a copy from earlier.</summary>
    internal bool IsRestoredCopy { get; private set; }

    /// <summary>Whether the log knows the epoch, and whether a later start was told that the log is a copy.</summary>
    internal bool KnowsEpoch(ulong nonce, out bool isUncertain) => _epochs.TryGetValue(nonce, out isUncertain);

    public void NoteGap() => HasGap = true;

    public void Take(long position, byte type, ReadOnlySpan<byte> payload)
    {
        var record = RecordCodec.Read(type, payload);
        if (position < NextPosition)
        {
            return;
        }

        NextPosition = position + 1;
        foreach (var (at, counts) in _beginning.Admit(position, record, HasGap))
        {
            Take(at, counts);
        }
    }

    private void Take(long position, CoordinatorRecord record)
    {
        switch (record)
        {
            case EpochStarted r:
                StartEpoch(r);
                break;
            case EpochKnown r:
                _epochs[r.Nonce] = _epochs.GetValueOrDefault(r.Nonce) || r.Restored;
                IsRestoredCopy |= r.Restored;
                break;
            case Begun r:
                Begin(r, position);
                break;
            case TransactionSnapshot r:
                Snapshot(TransactionImageReader.Read(r.Image.Span), position, r);
                break;
            case UnknownSettled r when _transactions.TryGetValue(r.Id, out var facts):
                facts.IsSettledUnseen = true;
                break;
            case UnknownSettled r:
                _transactions[r.Id] = new TransactionFacts
                {
                    CreatedAt = r.At.UnixMilliseconds, BegunAt = position, BegunBy = nameof(UnknownSettled), IsSettledUnseen = true,
                };
                break;
            case Enlisted { Id: var id } r when Find(id, record, position) is { } facts:
                facts.Branches = [.. facts.Branches, Branch(r.Branch)];
                break;
            case OnePhaseStarted { Id: var id } when Find(id, record, position) is { } facts:
                facts.OnePhase = true;
                break;
            case Decided { Id: var id } r when Find(id, record, position) is { } facts:
                Decide(facts, r, position);
                break;
            case BranchSettled { Id: var id } r when Find(id, record, position) is { } facts:
                if (r.Branch < facts.Branches.Length)
                {
                    facts.Branches[r.Branch].IsSettledByHand = true;
                }

                break;
            case Ended { Id: var id } r when Find(id, record, position) is { } facts:
                End(facts, r, position);
                _locks.End(id);
                break;
            case TokensReserved r:
                _locks.Reserve(r);
                break;
            case CheckpointStarted:
                _sagas.BeginCheckpoint(isFirst: _epochs.Count == 0);
                break;
            case SagaRecord r when !HasGap:
                _sagas.Take(r, IsUncertain(r.Id), Reference(record, position));
                break;
            case SagaRemembered r when !HasGap:
                _sagas.Remember(r, IsUncertain(r.Record.Id), Reference(record, position));
                break;
            case CheckpointEnded when !HasGap:
                _sagas.EndCheckpoint(Reference(record, position));
                break;
            case Locked { Id: var id } r when Find(id, record, position) is not null && !HasGap:
                _locks.Take(r, Reference(record, position));
                break;
        }
    }

    internal RecordReference? BeginOf(TransactionFacts facts) =>
        new(Name, facts.BegunBy, facts.BegunAt, new RecordTime(facts.CreatedAt, IsCreation: true));

    internal RecordReference? DecisionOf(TransactionFacts facts) => facts.DecidedAt < 0 ? null
        : new(Name, $"{(facts.DecidedAt == facts.BegunAt ? facts.BegunBy : nameof(Decided))} {Wire.Name(facts.Decision!.Value)}", facts.DecidedAt, new(facts.DecidedTime, false));

    internal RecordReference? EndOf(TransactionFacts facts) => facts.EndedAt < 0 ? null
        : new(Name, $"{nameof(Ended)} {Wire.Name(facts.End!.Value)}", facts.EndedAt, new(facts.EndedTime, false));

    internal IReadOnlyList<RecordReference> RecordsOf(TransactionFacts facts) =>
        [.. new[] { BeginOf(facts), DecisionOf(facts), EndOf(facts) }.OfType<RecordReference>()];

    private void StartEpoch(EpochStarted record)
    {
        if (record.Restored)
        {
            IsRestoredCopy = true;
            foreach (var nonce in _epochs.Keys)
            {
                _epochs[nonce] = true;
            }

            _sagas.Suspend();
        }

        _epochs[record.Nonce] = false;
    }

    private bool IsUncertain(TransactionId id) => _epochs.GetValueOrDefault(id.Nonce);

    private void Begin(Begun record, long position)
    {
        var facts = new TransactionFacts
        {
            CreatedAt = record.At.UnixMilliseconds,
            BegunAt = position,
            BegunBy = nameof(Begun),
            Branches = [.. record.Branches.Select(Branch)],
        };
        if (!_transactions.TryAdd(record.Id, facts))
        {
            Findings.Add(ViolationKind.BegunTwice, new Place(record.Id), "the same id begins twice",
                [.. RecordsOf(_transactions[record.Id]), Reference(record, position)]);
        }
    }

    /// <summary>The first checkpoint is where the log begins; a later one repeats what is known, and must agree with it.</summary>
    private void Snapshot(ImageOfTransaction image, long position, TransactionSnapshot record)
    {
        if (_transactions.TryGetValue(image.Id, out var known))
        {
            if (image.Outcome is { } says && known.Outcome is { } outcome && says != outcome)
            {
                Findings.Add(ViolationKind.OutcomeChanged, new Place(image.Id), $"a checkpoint has it as {Wire.Name(says)}",
                    [.. RecordsOf(known), Reference(record, position)]);
            }

            return;
        }

        if (ForgetsUntil is null && !HasGap)
        {
            Findings.Add(ViolationKind.NeverBegun, new Place(image.Id), "a checkpoint holds a transaction that never began", Reference(record, position));
        }

        var facts = new TransactionFacts
        {
            CreatedAt = image.CreatedAt.UnixMilliseconds,
            BegunAt = position,
            BegunBy = nameof(TransactionSnapshot),
            OnePhase = image.OnePhase,
            Branches = [.. image.Branches.Select(b => new BranchFacts
            {
                Id = Shared(b.Id),
                Participant = Shared(b.Participant),
                VotedYes = image.Outcome == Outcome.Committed && b.Vote == Vote.Yes,
                IsSettledByHand = b.Settled is not null,
            })],
        };
        _transactions.Add(image.Id, facts);
        if (!HasGap)
        {
            _locks.Load(image.Id, image.Locks, Reference(record, position));
        }

        if (image.Outcome is { } decided)
        {
            (facts.Decision, facts.DecidedAt, facts.DecidedTime) = (decided, position, record.At.UnixMilliseconds);
        }

        if (image.State is TransactionState.Committed or TransactionState.Aborted)
        {
            (facts.End, facts.EndedAt, facts.EndedTime) = (image.Outcome, position, record.At.UnixMilliseconds);
        }
    }

    private void Decide(TransactionFacts facts, Decided record, long position)
    {
        if (facts.Outcome is { } earlier)
        {
            var differs = earlier != record.Outcome;
            Findings.Add(differs ? ViolationKind.OutcomeChanged : ViolationKind.DecidedTwice, new Place(record.Id),
                $"it was {Wire.Name(earlier)}, and is decided again: {Wire.Name(record.Outcome)}", [.. RecordsOf(facts), Reference(record, position)]);
            return;
        }

        (facts.Decision, facts.DecidedAt, facts.DecidedTime) = (record.Outcome, position, record.At.UnixMilliseconds);
        facts.IsLate |= ReadsLate;
        foreach (var prepared in record.Prepared)
        {
            if (prepared.Branch < facts.Branches.Length)
            {
                facts.Branches[prepared.Branch].VotedYes = true;
            }
            else
            {
                Findings.Add(ViolationKind.DecisionOfNoBranch, new Place(record.Id),
                    $"the decision counts a yes of branch number {prepared.Branch + 1}; there are {facts.Branches.Length}", [.. RecordsOf(facts)]);
            }
        }
    }

    private void End(TransactionFacts facts, Ended record, long position)
    {
        var here = Reference(record, position);
        if (facts.End is not null)
        {
            Findings.Add(facts.End == record.Outcome ? ViolationKind.EndedTwice : ViolationKind.OutcomeChanged, new Place(record.Id),
                $"it ended as {Wire.Name(facts.End.Value)}, and ends again: {Wire.Name(record.Outcome)}", [.. RecordsOf(facts), here]);
            return;
        }

        if (facts.Decision is { } decision && decision != record.Outcome)
        {
            Findings.Add(ViolationKind.OutcomeChanged, new Place(record.Id),
                $"decided {Wire.Name(decision)}, ended {Wire.Name(record.Outcome)}", [.. RecordsOf(facts), here]);
        }
        else if (facts.Decision is null && record.Outcome == Outcome.Committed && !HasGap)
        {
            Findings.Add(ViolationKind.EndedWithoutDecision, new Place(record.Id), "it ended as committed, and no decision is on record", [.. RecordsOf(facts), here]);
        }

        (facts.End, facts.EndedAt, facts.EndedTime) = (record.Outcome, position, record.At.UnixMilliseconds);
        facts.IsLate |= ReadsLate;
        for (var i = 0; i < Math.Min(facts.Branches.Length, record.Details.Branches.Count); i++)
        {
            facts.Branches[i].EndState = record.Details.Branches[i].State;
        }
    }

    private TransactionFacts? Find(TransactionId id, CoordinatorRecord record, long position)
    {
        if (_transactions.TryGetValue(id, out var facts))
        {
            return facts;
        }

        if (!HasGap)
        {
            Findings.Add(ViolationKind.NeverBegun, new Place(id), $"{record.GetType().Name} of a transaction that never began", Reference(record, position));
        }

        return null;
    }

    private BranchFacts Branch(BranchHeader header) => new() { Id = Shared(header.Id), Participant = Shared(header.Participant) };

    /// <summary>Branches' ids and participants' names are few; each is kept once.</summary>
    private string Shared(string text)
    {
        if (_texts.TryGetValue(text, out var shared))
        {
            return shared;
        }

        if (_texts.Count < 100_000)
        {
            _texts.Add(text, text);
        }

        return text;
    }

    private RecordReference Reference(CoordinatorRecord record, long position) => new(
        Name,
        record switch
        {
            Decided r => $"{nameof(Decided)} {Wire.Name(r.Outcome)}",
            Ended r => $"{nameof(Ended)} {Wire.Name(r.Outcome)}",
            _ => record.GetType().Name,
        },
        position,
        new RecordTime(record.At.UnixMilliseconds, IsCreation: false));
}
