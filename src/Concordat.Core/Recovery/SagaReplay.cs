using System.Text.Json;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using Concordat.Core.Transactions;

namespace Concordat.Core.Recovery;

/// <summary>The sagas of a log that is replayed. Their records say all: see <see cref="Saga.Apply"/>.</summary>
internal sealed class SagaReplay
{
    private readonly Dictionary<TransactionId, Saga> _live = [];
    private readonly List<TransactionId> _order = [];

    /// <exception cref="ImpossibleLogException">It contradicts the records before it.</exception>
    internal void Apply(CoordinatorState s, SagaRecord record)
    {
        try
        {
            if (record is SagaBegun begun)
            {
                Begin(s, begun);
            }
            else
            {
                Apply(s, record, _live.GetValueOrDefault(record.Id) ?? throw new ImpossibleLogException($"{record.GetType().Name} of {record.Id} at {record.At}: the saga never began, or has ended"));
            }
        }
        catch (Exception e) when (e is ProtocolViolationException or FormatException or JsonException or InvalidOperationException)
        {
            throw new ImpossibleLogException($"{record.GetType().Name} of {record.Id} at {record.At} contradicts the records before it: {e.Message}", e);
        }
    }

    internal bool Knows(CoordinatorState s, TransactionId id) => _live.ContainsKey(id) || s.FindSaga(id) is not null;

    /// <summary>The log is a copy from earlier.</summary>
    internal void Suspend()
    {
        foreach (var saga in _live.Values)
        {
            saga.Suspend();
        }
    }

    /// <summary>Before the transactions go on: those that are steps know it, and tell what becomes of them.</summary>
    /// <param name="find">A transaction that has not ended.</param>
    internal void Track(CoordinatorState s, Func<TransactionId, Transaction?> find)
    {
        s.Sagas.IsResuming = true;
        foreach (var saga in Live())
        {
            SagaBeginning.Track(s, saga, saga.Records.Sum(record => (long)SagaRoom.InCheckpoint(s, record)));
            foreach (var step in saga.Steps)
            {
                switch (saga.Progress[step.Index])
                {
                    case StepProgress.Running when step.Transaction is { } id && find(id) is { } transaction:
                        Link(step, StepPhase.Action, transaction);
                        break;
                    case StepProgress.ToBeUndone when step.UndoTransaction is { } id && find(id) is { } transaction:
                        Link(step, StepPhase.Compensation, transaction);
                        break;
                }
            }
        }
    }

    /// <summary>All is known again: they go on.</summary>
    internal void Resume(CoordinatorState s)
    {
        s.Sagas.IsResuming = false;
        foreach (var saga in Live().ToList())
        {
            SagaDriving.GoOn(s, saga);
        }

        // The replay is kept as long as the process; what it found is not.
        _live.Clear();
        _order.Clear();
    }

    private static void Link(SagaStep step, StepPhase phase, Transaction transaction)
    {
        if (transaction.Step is not null)
        {
            throw new ImpossibleLogException($"{transaction.Id} is what two steps have begun");
        }

        StepTransactions.Link(step, phase, transaction);
    }

    /// <summary>In the order of their begins. (An id may stand there twice: forgotten, and begun again by a log that nobody has written.)</summary>
    private IEnumerable<Saga> Live() => _order.Distinct().Select(id => _live.GetValueOrDefault(id)).OfType<Saga>();

    private void Begin(CoordinatorState s, SagaBegun record)
    {
        if (s.Epochs.Classify(record.Id, out var epoch) is IdKind.Foreign or IdKind.OfUnknownEpoch)
        {
            throw new ImpossibleLogException($"{record.Id} begins in an epoch that the log does not know");
        }

        if (Knows(s, record.Id))
        {
            throw new ImpossibleLogException($"{record.Id} begins twice");
        }

        foreach (var name in record.Spec.Steps.SelectMany(static step => SagaBeginning.NamesIn(step.Action).Concat(SagaBeginning.NamesIn(step.Compensation))))
        {
            _ = s.Participants.Find(name) ?? throw new ImpossibleLogException($"saga {record.Id} calls '{name}', which is not registered");
        }

        var saga = new Saga(record, SagaDefinition.Of(record.Spec));
        if (epoch!.IsUncertain)
        {
            // From a checkpoint: a person's word that it goes on stands behind its begin.
            saga.Suspend();
        }

        _live.Add(record.Id, saga);
        _order.Add(record.Id);
        s.Epochs.Replayed(record.Id);
        if (record.Key is { } key)
        {
            s.Keys.Replay(key, record.Id);
        }
    }

    private void Apply(CoordinatorState s, SagaRecord record, Saga saga)
    {
        if (record is StepEnded { Result: { IsEmpty: false } result } && ResultJson.WhyNot(result) is { } why)
        {
            throw new FormatException($"its result is {why}");
        }

        saga.Apply(record);
        if (record is SagaEnded)
        {
            _live.Remove(record.Id);
            SagaFinishing.ToHistory(s, saga);
        }
    }
}
