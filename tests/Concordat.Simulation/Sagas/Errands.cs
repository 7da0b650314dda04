using System.Text.Json;
using Concordat.Core;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using Concordat.Server.Engine;

namespace Concordat.Simulation;

/// <summary>
/// Judges what becomes of sagas: what is called against what is durably on the disk (S1 to S4), what is told against both (S5), what the services have come to when all
/// is over (S6, S7). Its names stand in docs/sagas.md.
/// </summary>
internal sealed class Errands(World world)
{
    private readonly Dictionary<TransactionId, Errand> _errands = [];
    private readonly Dictionary<string, Errand> _byKey = new(StringComparer.Ordinal);

    internal IReadOnlyCollection<Errand> All => _errands.Values;

    /// <summary>All that the log knows have ended, durably.</summary>
    internal bool HaveEnded => _errands.Values.All(errand => !errand.Durable.HasBegun || errand.Durable.HasEnded);

    /// <summary>A record stands on the coordinator's disk.</summary>
    internal void Seen(SagaRecord record)
    {
        if (record is SagaBegun begun)
        {
            if (!_errands.TryAdd(begun.Id, new Errand(begun)))
            {
                throw world.Break("I11", $"{begun.Id} begins a second time");
            }
        }

        var errand = Of(record.Id);
        RequireOrder(errand, record);
        errand.Written.Apply(record);
        switch (record)
        {
            case StepStarted { Transaction: { } work } r:
                var deal = world.Deals.Know(work);
                (deal.OfSaga, deal.IsCompensation) = (errand, r.Phase == StepPhase.Compensation);
                (r.Phase == StepPhase.Action ? errand.Steps[r.Step].Transactions : errand.Steps[r.Step].Compensations).Add(work);
                break;
            case SagaEnded:
                errand.EndedAt = world.Now;
                world.Count(errand.Written.HasTurned ? Happening.SagaCompensated : Happening.SagaCompleted);
                break;
        }
    }

    internal void Durable(SagaRecord record)
    {
        var errand = Of(record.Id);
        errand.Durable.Apply(record);
        if (errand.Durable.HasTurned)
        {
            errand.TurnedIn ??= world.Coordinator.Incarnation;
        }
    }

    /// <summary>Records were lost: what the log says is read anew.</summary>
    internal void Rebuild(IEnumerable<(CoordinatorRecord Record, bool IsDurable)> records)
    {
        foreach (var errand in _errands.Values)
        {
            errand.Restart();
        }

        foreach (var (record, isDurable) in records)
        {
            switch (record)
            {
                case SagaRecord r:
                    Of(r.Id).Written.Apply(r);
                    if (isDurable)
                    {
                        Of(r.Id).Durable.Apply(r);
                    }

                    break;
                case EpochStarted { Restored: true }:
                    // Not those that begin behind it.
                    foreach (var errand in _errands.Values.Where(errand => errand.Written.HasBegun))
                    {
                        errand.Written.IsSuspended = errand.Durable.IsSuspended = true;
                    }

                    break;
            }
        }

        foreach (var errand in _errands.Values)
        {
            errand.TurnedIn = errand.Durable.HasTurned ? errand.TurnedIn ?? world.Coordinator.Incarnation : null;
        }
    }

    internal void Suspend()
    {
        foreach (var errand in _errands.Values)
        {
            errand.Written.IsSuspended = errand.Durable.IsSuspended = true;
        }
    }

    internal void CoordinatorDied()
    {
        foreach (var errand in _errands.Values)
        {
            for (var i = 0; i < errand.Steps.Length; i++)
            {
                errand.Steps[i].IsTouched |= errand.Durable.Steps[i].End is null;
            }
        }
    }

    /// <summary>The coordinator is about to call.</summary>
    internal void Calling(CallStep call)
    {
        var (errand, place) = (Of(call.Key.Transaction), call.Key.Branch);
        var (durable, step) = (errand.Durable, errand.Steps[place]);
        var what = $"the {call.Target.Phase.ToString().ToLowerInvariant()} of {errand.Id}/{call.Target.Step} is called";
        Require(!durable.IsSuspended, "I10", $"{what}, in a restored copy and before anybody said that the saga goes on");
        Require(!errand.Written.HasEnded, "S4", $"{what}, and the saga has ended");
        Require(call.Target.Step == errand.Specs[place].Name && call.Target.Attempt >= 1, "S1", $"{what} by a wrong name or number");
        if (call.Target.Phase == StepPhase.Action)
        {
            Require(durable.Steps[place].HasStarted, "S1", $"{what}, and its start is not durable");
            Require(errand.After[place].All(earlier => durable.Steps[earlier].IsDone), "S1", $"{what}, and not all that it follows are done, durably");
            Require(call.Target.Attempt <= errand.Specs[place].Attempts, "S2", $"{what} for the {call.Target.Attempt}th time, and it has {errand.Specs[place].Attempts} attempts");
            // The first attempt may have waited for its record while the saga turned.
            Require(!durable.HasTurned || (call.Target.Attempt == 1 && errand.TurnedIn == world.Coordinator.Incarnation), "S2", $"{what} again, and the saga has turned");
            step.Sent++;
        }
        else
        {
            Require(durable.HasTurned && durable.Steps[place].WantsUndoing, "S3", $"{what}, and it is not durable that the saga has turned and the step may have happened");
            Require(
                errand.Behind(place).All(later => !durable.Steps[later].Runs && !durable.Steps[later].WantsUndoing),
                "S3",
                $"{what}, and not all that followed it are undone, durably");
            Require(step.IsTouched || step.Sent > step.SentInVain || world.WasRestored, "S3", $"{what}, and every attempt was refused");
        }

        RequireBody(errand, place, call);
    }

    /// <summary>An answer to a call has reached the coordinator.</summary>
    internal void Heard(CallStep call, CallResult result)
    {
        if (call.Target.Phase == StepPhase.Action && result is StepRefused or Failed { Kind: FailureKind.NotConnected })
        {
            Of(call.Key.Transaction).Steps[call.Key.Branch].SentInVain++;
        }
    }

    /// <summary>A call has come to a service.</summary>
    internal void Arrives(CallStep call) => _ = Of(call.Key.Transaction);

    /// <summary>A service has done what an action asks for.</summary>
    internal void Effect(CallStep call)
    {
        var errand = Of(call.Key.Transaction);
        var step = errand.Steps[call.Key.Branch];
        step.Effects++;
        Require(step.Effects == 1, "S6", $"the service does {errand.Id}/{call.Target.Step} twice: it is no service as it should be");
        Require(
            !(errand.Durable is { HasEnded: true, HasTurned: true }) || !errand.Specs[call.Key.Branch].HasCompensation() || world.WasRestored,
            "S7",
            $"{errand.Id}/{call.Target.Step} takes effect, and the saga was compensated without it");
    }

    /// <summary>The coordinator is about to answer a request.</summary>
    internal void Answering(Request request, Response response)
    {
        switch (response)
        {
            case SagaResponse r:
                Shown(r.Document, isOfNow: true);
                if (request is BeginSagaInput { Key: { } key })
                {
                    Keyed(key.Value, Of(r.Document.Id));
                }

                break;
            case SagasResponse r:
                foreach (var document in r.List.Items)
                {
                    Shown(document, isOfNow: false);
                }

                break;
            case ProblemResponse { Kind: ProblemKind.AlreadyCompleted } when request is CancelSagaInput cancel:
                Tell(Of(cancel.Id), SagaOutcome.Completed);
                break;
            case ProblemResponse { Kind: ProblemKind.Forgotten or ProblemKind.UnknownSaga } when request is GetSagaInput get:
                RequireForgotten(Of(get.Id));
                break;
        }
    }

    /// <summary>When all is over: what the services have is what the sagas have come to.</summary>
    internal void Judge()
    {
        foreach (var errand in _errands.Values.Where(errand => errand.Durable.HasEnded && !world.WasRestored))
        {
            for (var i = 0; i < errand.Steps.Length; i++)
            {
                if (errand.Specs[i].Action is StepCall)
                {
                    JudgeCall(errand, i);
                }
                else
                {
                    JudgeTransaction(errand, i);
                }
            }
        }
    }

    private void JudgeCall(Errand errand, int place)
    {
        var name = errand.Specs[place].Name;
        var service = world.Participant(((StepCall)errand.Specs[place].Action).Participant).Service;
        if (!errand.Durable.HasTurned)
        {
            Note(
                errand.Steps[place].Effects == 1 && service.HasEffect(errand.Id, name),
                "S6",
                $"{errand.Id} is completed, and {name} took effect {errand.Steps[place].Effects} times{(service.WasUndone(errand.Id, name) ? ", and was undone" : "")}");
        }
        else
        {
            Note(!service.HasEffect(errand.Id, name) || !errand.Specs[place].HasCompensation(), "S7", $"{errand.Id} is compensated, and the effect of {name} is left");
        }
    }

    private void JudgeTransaction(Errand errand, int place)
    {
        var name = errand.Specs[place].Name;
        var (done, undone) = (errand.Steps[place].Transactions.Count(IsCommitted), errand.Steps[place].Compensations.Count(IsCommitted));
        if (!errand.Durable.HasTurned)
        {
            Note(done == 1 && undone == 0, "S6", $"{errand.Id} is completed, and {done} transactions of {name} have committed, {undone} that undo it");
        }
        else if (errand.Durable.Steps[place].Undone is not { Who: not null } && errand.Specs[place].HasCompensation())
        {
            Note(done <= 1 && undone == done, "S7", $"{errand.Id} is compensated, and {done} transactions of {name} have committed, {undone} that undo it");
        }
    }

    private bool IsCommitted(TransactionId id) => world.Deals.Find(id) is { WasCommitted: true };

    private void RequireOrder(Errand errand, SagaRecord record)
    {
        var log = errand.Written;
        switch (record)
        {
            case StepStarted { Phase: StepPhase.Action } r:
                Require(!log.HasTurned && errand.After[r.Step].All(earlier => log.Steps[earlier].IsDone), "S1", $"{errand.Id} starts step {r.Step}, and {(log.HasTurned ? "has turned" : "not all that it follows are done")}");
                break;
            case StepEnded { MayHaveHappened: false } r when !world.WasRestored:
                var step = errand.Steps[r.Step];
                Require(step.Sent == step.SentInVain, "S3", $"{errand.Id} takes step {r.Step} for never done, and of {step.Sent} attempts {step.SentInVain} were in vain");
                Require(!step.Transactions.Any(IsCommitted), "S3", $"{errand.Id} takes step {r.Step} for never done, and its transaction has committed");
                break;
            case StepUndone r:
                Require(log.HasTurned && log.Steps[r.Step].WantsUndoing, "S3", $"{errand.Id} has step {r.Step} undone, and there is nothing to undo");
                Require(errand.Behind(r.Step).All(later => !log.Steps[later].Runs && !log.Steps[later].WantsUndoing), "S3", $"{errand.Id} has step {r.Step} undone before one that followed it");
                break;
            case SagaEnded:
                Require(log.Steps.All(step => log.HasTurned ? !step.Runs && !step.WantsUndoing : step.IsDone), "S4", $"{errand.Id} ends, and not all its steps have");
                break;
        }
    }

    private void RequireBody(Errand errand, int place, CallStep call)
    {
        using var body = JsonDocument.Parse(call.Body);
        var plan = world.PlanOf(call);
        if (plan.Uses is { } earlier)
        {
            RequireResult(errand, earlier, body.RootElement.GetProperty("of"), call);
        }

        if (call.Target.Phase == StepPhase.Compensation)
        {
            RequireResult(errand, place, body.RootElement.GetProperty("mine"), call);
        }
    }

    /// <summary>Of a step that is done there is a result, always.</summary>
    private void RequireResult(Errand errand, int of, JsonElement found, CallStep call)
    {
        var name = errand.Specs[of].Name;
        var expected = errand.Durable.Steps[of].IsDone ? SagaService.IdOf(errand.Id, name) : null;
        Require(
            expected is null ? found.ValueKind == JsonValueKind.Null : found.ValueKind == JsonValueKind.String && found.GetString() == expected,
            "S5",
            $"the {call.Target.Phase} of {errand.Id}/{call.Target.Step} is called with {found.GetRawText()} as the result of {name}, and that is {expected ?? "not known"}");
    }

    private void Shown(SagaDocument document, bool isOfNow)
    {
        var errand = Of(document.Id);
        var durable = errand.Durable;
        Require(durable.HasBegun, "S5", $"{errand.Id} is shown, and its begin is not durable");
        errand.WasTold = true;
        if (document.Outcome is { } outcome)
        {
            Tell(errand, outcome);
        }
        else
        {
            Require(!isOfNow || errand.ToldOutcome is null || world.WasRestored, "S5", $"the outcome of {errand.Id} was told, and now it is shown {document.State}");
        }

        Require(durable.HasTurned || document.State is not (SagaState.Compensating or SagaState.Compensated), "S5", $"{errand.Id} is shown {document.State}, and its turn is not durable");
        for (var i = 0; i < document.Steps.Count; i++)
        {
            // All attempts but the last have failed.
            var isStuck = document.Steps[i] is { State: StepState.Compensating, Compensation.Attempts: var attempts } && attempts > errand.Specs[i].Attempts;
            Require(!isStuck || document.State == SagaState.Stuck, "S5", $"{errand.Id} is shown {document.State}, and the compensation of {document.Steps[i].Name} has failed as often as the step has attempts");
            Shown(errand, i, document.Steps[i], isOfNow);
        }
    }

    private void Shown(Errand errand, int place, SagaStepDocument document, bool isOfNow)
    {
        var step = errand.Durable.Steps[place];
        var holds = document.State switch
        {
            StepState.Running => step.HasStarted,
            StepState.Done => step.IsDone,
            StepState.Refused or StepState.Failed => step.End is { } end && end.End != StepEnd.Done,
            StepState.Skipped => errand.Durable.HasTurned && !step.HasStarted,
            StepState.Compensating => errand.Durable.HasTurned && step.End is not null,
            StepState.Compensated => step.Undone is not null,
            _ => true,
        };
        Require(holds, "S5", $"{errand.Id}/{document.Name} is shown {document.State}, and that is not durable");
        Require(
            document.Result is not { } result || (step.IsDone && result.GetProperty("id").GetString() == SagaService.IdOf(errand.Id, document.Name)),
            "S5",
            $"{errand.Id}/{document.Name} is shown with another result than it has");
        var rank = document.State switch
        {
            StepState.Waiting => 0,
            StepState.Running => 1,
            StepState.Done or StepState.Refused or StepState.Failed or StepState.Skipped => 2,
            StepState.Compensating => 3,
            _ => 4,
        };
        if (isOfNow && !world.WasRestored)
        {
            Require(rank >= errand.Steps[place].Shown, "S5", $"{errand.Id}/{document.Name} is shown {document.State}, and was shown further on before");
            errand.Steps[place].Shown = rank;
        }
    }

    private void Tell(Errand errand, SagaOutcome outcome)
    {
        Require(errand.Durable.HasEnded || world.WasRestored, "S5", $"{errand.Id} is said to be {outcome}, and its end is not durable");
        Require((outcome == SagaOutcome.Compensated) == errand.Durable.HasTurned || world.WasRestored, "S5", $"{errand.Id} is said to be {outcome}, and its log says otherwise");
        Require(errand.ToldOutcome is null || errand.ToldOutcome == outcome || world.WasRestored, "S5", $"{errand.Id} was said to be {errand.ToldOutcome}, and now {outcome}");
        errand.ToldOutcome = outcome;
    }

    /// <summary>A key begins one saga, until that one may be forgotten.</summary>
    private void Keyed(string key, Errand errand)
    {
        if (_byKey.TryGetValue(key, out var first) && first != errand)
        {
            RequireForgotten(first);
        }

        _byKey[key] = errand;
    }

    private void RequireForgotten(Errand errand) => Require(
        !errand.WasTold || world.WasRestored || errand.Written.HasEnded,
        "S5",
        $"{errand.Id} is not known any more, and has not ended");

    private Errand Of(TransactionId id) => _errands.GetValueOrDefault(id) ?? throw world.Break("S1", $"{id} is named, and no saga of that id ever stood on the disk");

    /// <summary>When all is over: nobody's code is under way that a violation would have to stop.</summary>
    private void Note(bool holds, string invariant, string what)
    {
        if (!holds)
        {
            world.Break(invariant, what);
        }
    }

    private void Require(bool holds, string invariant, string what)
    {
        if (!holds)
        {
            throw world.Break(invariant, what);
        }
    }
}

internal static class StepSpecs
{
    internal static bool HasCompensation(this StepSpec spec) => spec.Compensation is not null;
}
