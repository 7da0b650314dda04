using Concordat.Core;
using Concordat.Core.Sagas;
using Concordat.Server.Engine;

namespace Concordat.Simulation;

/// <summary>A person who looks after sagas that wait for one: those of a restored copy, and those whose compensations fail.</summary>
internal sealed class SagaOperator(World world, Dice dice)
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(30);

    internal void LookAfter()
    {
        if (world.Coordinator.IsReady)
        {
            world.Clients[0].Ask(caller => new ListSagasInput(caller, new SagaFilter { Limit = 500 }), result =>
            {
                if (result is SagasResponse { List.Items: var documents })
                {
                    foreach (var document in documents)
                    {
                        Mend(world.Clients[0], document);
                    }
                }
            });
        }

        world.Agenda.Add(world.Now + _every, null, 0, LookAfter);
    }

    internal void Mend(ClientNode client, SagaDocument document)
    {
        if (document is { State: SagaState.Stuck, Reason.Code: SagaReasonCode.Restored })
        {
            var goesOn = dice.Chance(0.5);
            client.Ask(caller => goesOn ? new ResumeSagaInput(caller, document.Id) : new CancelSagaInput(caller, document.Id), _ => { });
            return;
        }

        foreach (var step in document.Steps)
        {
            if (step is { State: StepState.Compensating, Compensation.LastError: not null } && dice.Chance(0.5))
            {
                UndoByHand(client, document, step);
            }
            else if (step.NextAttemptAt is not null || step.Compensation?.NextAttemptAt is not null)
            {
                world.Count(Happening.StepRetried);
                client.Ask(caller => new RetryStepInput(caller, document.Id, step.Name), _ => { });
            }
        }
    }

    /// <summary>First it is undone, then that is said: who says it first may die between the two.</summary>
    private void UndoByHand(ClientNode client, SagaDocument document, SagaStepDocument step)
    {
        world.Count(Happening.StepResolved);
        if (step.Participant is { } participant)
        {
            world.Participant(participant).Service.UndoByHand(document.Id, step.Name);
        }

        client.Ask(caller => new ResolveStepInput(caller, document.Id, step.Name, "operator", "the simulation knows"), _ => { });
    }
}
