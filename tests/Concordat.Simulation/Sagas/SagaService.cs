using System.Text.Json;
using Concordat.Core;
using Concordat.Core.Sagas;

namespace Concordat.Simulation;

/// <summary>
/// A service that sagas call, with a database that loses nothing and keeps its duty: what it has decided for an idempotency key it answers again, it remembers
/// compensations, and refuses the actions of steps that were compensated before. Each call is one transaction, some time after it came; before and after it the process may
/// die, and the answer may be an error all the same.
/// </summary>
internal sealed class SagaService(World world, ParticipantNode node)
{
    /// <summary>By the action's key.</summary>
    private readonly Dictionary<(TransactionId Saga, string Step), Entry> _book = [];
    private readonly HashSet<(TransactionId Saga, string Step)> _rejected = [];
    private readonly Dice _dice = world.ServiceDice.Split();

    internal bool HasEffect(TransactionId saga, string step) => _book.TryGetValue((saga, step), out var entry) && entry is { IsDone: true, IsUndone: false };

    internal bool WasUndone(TransactionId saga, string step) => _book.TryGetValue((saga, step), out var entry) && entry.IsUndone;

    internal void Receive(CallStep call, Network.Exchange exchange)
    {
        var plan = world.PlanOf(call);
        var slow = world.IsHealed ? TimeSpan.Zero : plan.Service.Slow;
        node.After(world.Moment(_dice) + _dice.Between(TimeSpan.Zero, slow), () =>
        {
            var answer = call.Target.Phase == StepPhase.Action ? Do(call, plan.Service) : Undo(call, plan.Service);
            world.Tell(node, $"answers {call.Target.Phase} {World.Short(call.Key.Transaction)}/{call.Target.Step}: {answer.Status}");
            exchange.Answer(answer);
        });
    }

    /// <summary>A person undoes it in the database, or sees to it that it is never done.</summary>
    internal void UndoByHand(TransactionId saga, string step) => Of(saga, step).IsUndone = true;

    private HttpAnswer Do(CallStep call, Service temper)
    {
        var (saga, step) = (call.Key.Transaction, call.Target.Step);
        world.Sagas.Arrives(call);
        if (Fails(temper.FailsBefore))
        {
            return new HttpAnswer(_dice.Chance(0.5) ? 500 : 503, default);
        }

        var entry = Of(saga, step);
        Pass(StepPhase.Action, after: false);
        if (entry.IsUndone)
        {
            world.Count(Happening.LateAction);
            return new HttpAnswer(409, default);
        }

        if (entry.IsRefused || (temper.Refuses && !entry.IsDone))
        {
            entry.IsRefused = true;
            world.Count(Happening.StepRefused);
            return new HttpAnswer(409, "{\"reason\":\"no room\"}"u8.ToArray());
        }

        if (temper.Rejects && _rejected.Add((saga, step)) && _dice.Chance(0.5))
        {
            return new HttpAnswer(400, default);
        }

        if (!entry.IsDone)
        {
            entry.IsDone = true;
            world.Sagas.Effect(call);
        }

        Pass(StepPhase.Action, after: true);
        return temper.Rejects && _dice.Chance(0.5) ? new HttpAnswer(422, default)
            : Fails(temper.FailsAfter) ? new HttpAnswer(500, default)
            : new HttpAnswer(200, ResultOf(saga, step));
    }

    private HttpAnswer Undo(CallStep call, Service temper)
    {
        if (Fails(temper.FailsBefore))
        {
            return new HttpAnswer(_dice.Chance(0.5) ? 500 : 404, default);
        }

        Pass(StepPhase.Compensation, after: false);
        Of(call.Key.Transaction, call.Target.Step).IsUndone = true;
        Pass(StepPhase.Compensation, after: true);
        return new HttpAnswer(Fails(temper.FailsAfter) ? 500 : 204, default);
    }

    private byte[] ResultOf(TransactionId saga, string step) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = IdOf(saga, step),
        padding = world.Plan.PaddingBytes > 0 ? new string('x', world.Plan.PaddingBytes) : null,
    });

    internal static string IdOf(TransactionId saga, string step) => $"{saga}/{step}";

    private bool Fails(double probability)
    {
        if (world.IsHealed || !_dice.Chance(probability))
        {
            return false;
        }

        world.Count(Happening.ServiceFailure);
        return true;
    }

    private void Pass(StepPhase phase, bool after) => node.Pass(new CrashPoint(Role.Participant, recovering: false, Act.Serve, (int)phase, after));

    private Entry Of(TransactionId saga, string step)
    {
        if (!_book.TryGetValue((saga, step), out var entry))
        {
            _book.Add((saga, step), entry = new Entry());
        }

        return entry;
    }

    private sealed class Entry
    {
        internal bool IsDone, IsRefused, IsUndone;
    }
}
