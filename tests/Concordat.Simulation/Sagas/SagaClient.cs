using Concordat.Core;
using Concordat.Core.Sagas;
using Concordat.Server.Engine;

namespace Concordat.Simulation;

/// <summary>What a client does with a saga: begins it, asks until it has ended, and perhaps cancels it or meddles.</summary>
internal sealed class SagaClient(World world, ClientNode client, SagaPlan plan, Dice dice)
{
    private const int Attempts = 5;
    private static readonly TimeSpan _longestLook = TimeSpan.FromSeconds(10);

    internal void Begin()
    {
        world.Tell(client, $"begins saga {plan.Number}: {string.Join(", ", plan.Steps)}");
        var definition = SagaDefinition.Of(plan.Spec(world.Plan.PaddingBytes > 0 ? new string('x', world.Plan.PaddingBytes) : ""));
        var key = plan.Key is null ? null : new IdempotencyKey(plan.Key, new byte[IdempotencyKey.HashSizeBytes]);
        Repeat(caller => new BeginSagaInput(caller, definition, key), plan.Key is null ? 1 : Attempts, response =>
        {
            if (response is SagaResponse { Document.Id: var id })
            {
                Follow(id);
            }
        });
    }

    private void Follow(TransactionId id)
    {
        if (plan.CancelAfter is { } cancel)
        {
            client.Soon(cancel, () => Repeat(caller => new CancelSagaInput(caller, id), Attempts, _ => { }));
        }

        for (var look = 1; plan.MeddleAfter is { } meddle && look <= 3; look++)
        {
            client.Soon(meddle * look, () => Repeat(caller => new GetSagaInput(caller, id), Attempts, response =>
            {
                if (response is SagaResponse { Document: var document })
                {
                    new SagaOperator(world, dice).Mend(client, document);
                }
            }));
        }

        AskUntilEnded(id);
    }

    private void AskUntilEnded(TransactionId id) => Repeat(caller => new GetSagaInput(caller, id, dice.Between(TimeSpan.Zero, _longestLook)), Attempts, response =>
    {
        if (response is SagaResponse { Document.Outcome: null })
        {
            client.Soon(dice.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5)), () => AskUntilEnded(id));
        }
    });

    private void Repeat(Func<Caller, Request> request, int attempts, Action<Response> then) => client.Repeat("saga", plan.Number, request, attempts, then);
}
