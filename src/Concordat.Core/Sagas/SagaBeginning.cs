using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>Accepts sagas, or refuses them before anything is changed.</summary>
internal static class SagaBeginning
{
    internal static void Begin(CoordinatorState s, BeginSagaInput input)
    {
        if (input.Key is { } key && s.Keys.TryFind(key.Value, out var use))
        {
            Rejoin(s, input, key, use.Key, use.Id);
            return;
        }

        var spec = input.Definition.Spec;
        if (Refusal(s, input) is { } refusal)
        {
            s.Answer(input.Caller, refusal);
            return;
        }

        // The id is issued only when nothing can refuse it any more: it has its length meanwhile.
        var begun = new SagaBegun(s.Clock.Time, new TransactionId(s.Epochs.Coordinator, s.Epochs.Current.Nonce, 1), s.Clock.Time + spec.Timeout, input.Key, spec);
        if (!SagaRoom.Fits(s, begun, out var bytes))
        {
            s.Refuse(input.Caller, ProblemKind.SagaTooLarge, "its record in the log would be larger than the log's files allow (Storage:SegmentSizeBytes): make it smaller, or several of it");
            return;
        }

        // Its begin twice, too.
        if (Room.Refusal(s, SagaRoom.ForSaga(s, spec.Steps.Count) + (2 * bytes)) is { } full)
        {
            s.Answer(input.Caller, full);
            return;
        }

        begun = begun with { Id = s.Epochs.Issue() };
        var saga = new Saga(begun, input.Definition) { LastRecord = s.Append(begun) };
        Track(s, saga, SagaRoom.InCheckpoint(s, s.LastPayloadBytes));
        if (input.Key is not null)
        {
            s.Keys.Add(input.Key, saga.Id);
        }

        Answer(s, input, saga);
        SagaDriving.LookAtAll(s, saga);
    }

    /// <summary>Makes a saga known: new, or found by recovery.</summary>
    /// <param name="checkpointBytes">What its records take in a checkpoint.</param>
    internal static void Track(CoordinatorState s, Saga saga, long checkpointBytes)
    {
        var kind = s.Epochs.Classify(saga.Id, out var epoch);
        ProtocolViolationException.ThrowUnless(kind == IdKind.Ours, $"{saga.Id} is not ours: {kind}");
        s.Sagas.Table.Set(epoch!.Number, saga.Id.Counter, saga);
        s.Sagas.Count(saga);
        s.Sagas.Grow(saga, checkpointBytes);
        SagaRoom.Reserve(s, saga);
        Register(s, saga, +1);
        var left = saga.Begun.Deadline - s.Clock.Time;
        s.Timers.Arm(saga, s.Now.Monotonic + (left > TimeSpan.Zero ? left : TimeSpan.Zero));
    }

    /// <summary>Who is called stays registered until the saga has ended.</summary>
    internal static void Register(CoordinatorState s, Saga saga, int change)
    {
        foreach (var step in saga.Begun.Spec.Steps)
        {
            foreach (var name in NamesIn(step.Action).Concat(NamesIn(step.Compensation)))
            {
                Find(s, name).Unfinished += change;
            }
        }
    }

    internal static Participant Find(CoordinatorState s, string participant) =>
        s.Participants.Find(participant) ?? throw new ProtocolViolationException($"a saga calls '{participant}', which is not registered");

    internal static IEnumerable<string> NamesIn(StepWork? work) => work switch
    {
        StepCall call => [call.Participant],
        StepTransaction transaction => transaction.Branches.Select(static branch => branch.Participant),
        _ => [],
    };

    private static ProblemReply? Refusal(CoordinatorState s, BeginSagaInput input)
    {
        if (input.Key is not null && s.Keys.Count >= s.Options.MaxIdempotencyKeys)
        {
            return new(ProblemKind.IdempotencyKeysFull, $"{s.Keys.Count} idempotency keys are kept, the most that are allowed");
        }

        if (s.Sagas.Live >= s.Options.MaxSagas)
        {
            return new(ProblemKind.Overloaded, $"{s.Sagas.Live} sagas have not ended, the most that are allowed");
        }

        var steps = input.Definition.Spec.Steps;
        for (var i = 0; i < steps.Count; i++)
        {
            if (Refusal(s, steps[i], i) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static ProblemReply? Refusal(CoordinatorState s, StepSpec step, int index)
    {
        foreach (var name in NamesIn(step.Action).Concat(NamesIn(step.Compensation)))
        {
            if (s.Participants.Find(name) is not { } participant)
            {
                return new(ProblemKind.UnknownParticipant, $"steps[{index}]: participant '{name}' is not registered");
            }

            if (participant.Flags.IsResource)
            {
                return new(ProblemKind.WrongKind, $"steps[{index}]: '{name}' is a resource: nobody is called there");
            }
        }

        return Refusal(s, step.Action, index) ?? Refusal(s, step.Compensation, index);
    }

    /// <summary>What would be refused each time that it is begun.</summary>
    private static ProblemReply? Refusal(CoordinatorState s, StepWork? work, int index)
    {
        if (work is not StepTransaction { Branches: var branches })
        {
            return null;
        }

        if (branches.Count > s.Options.MaxBranches)
        {
            return new(ProblemKind.TooManyBranches, $"steps[{index}]: {branches.Count} branches; at most {s.Options.MaxBranches} are allowed");
        }

        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var branch in branches)
        {
            if (branch.BranchId is { } id && !ids.Add(id))
            {
                return new(ProblemKind.BranchIdTaken, $"steps[{index}]: branch id '{id}' stands twice in a transaction");
            }
        }

        return null;
    }

    /// <summary>The same key again: the same saga, whatever has become of it.</summary>
    private static void Rejoin(CoordinatorState s, BeginSagaInput input, IdempotencyKey key, IdempotencyKey used, TransactionId id)
    {
        var known = s.FindSaga(id);
        if (known is null || !used.HasSameBody(key))
        {
            s.Refuse(input.Caller, ProblemKind.IdempotencyKeyReused, $"idempotency key '{key.Value}' was used with another body, for {(known is null ? "transaction" : "saga")} {id}");
        }
        else
        {
            Answer(s, input, known);
        }
    }

    private static void Answer(CoordinatorState s, BeginSagaInput input, object known)
    {
        if (input.Wait is not { } wait)
        {
            SagaWaiting.Show(s, known, input.Caller, Answered.Accepted);
        }
        else if (known is Saga live)
        {
            SagaWaiting.ForEnd(s, live, input.Caller, wait, Answered.Accepted);
            s.Emit(new SagaNamed(input.Caller, live.Id));
        }
        else
        {
            SagaWaiting.Show(s, known, input.Caller);
        }
    }
}
