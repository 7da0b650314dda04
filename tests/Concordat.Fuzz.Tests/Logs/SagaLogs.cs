using Concordat.Core;
using Concordat.Core.Sagas;
using Concordat.Fuzz.Tests.Support;
using Concordat.Server.Engine;

namespace Concordat.Fuzz.Tests.Logs;

/// <summary>Sagas for a coordinator's log: done and undone, stuck and resolved, with transactions as steps, and some that never end, so that checkpoints hold them.</summary>
internal static class SagaLogs
{
    private static readonly Backoff Soon = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));

    public static async Task Sagas(CoordinatorEngine engine, int run)
    {
        var step = Call("one", "good");
        var uses = Call("two", "good", "{\"$result\":\"one\",\"path\":\"/id\",\"default\":null}");
        await Begin(engine, "completed", wait: true, step, uses, Transaction("pay", "good", "good"));
        await Begin(engine, "compensated", wait: true, step, Transaction("pay", "good", "good") with { Compensation = Pay("good") }, Call("no", "refuser"));
        await Begin(engine, "hanging", wait: false, step, Call("out", "silent"), Call("beside", "silent") with { After = [] });
        await Begin(engine, "hanging-transaction", wait: false, step, Transaction("pay", "good", "silent"));
        var cancelled = await Begin(engine, "cancelled", wait: false, step, Call("out", "silent"));
        await Bounded.Comes(engine.AskAsync(c => new CancelSagaInput(c, cancelled)), "a saga is cancelled");
        var stuck = await Begin(engine, "stuck", wait: false, Call("keeps", "ghost"), Call("no", "refuser"));
        if (run == 0)
        {
            await Bounded.Comes(Stuck(engine, stuck), "a compensation fails");
            await engine.AskAsync(c => new ResolveStepInput(c, stuck, "keeps", "Ada", "by phone"));
        }
    }

    /// <summary>Null: it never answers.</summary>
    public static CallResult? Answer(CallStep call) => (call.Target.Participant, call.Target.Phase) switch
    {
        ("silent", _) => null,
        ("refuser", StepPhase.Action) => new StepRefused("no"),
        ("ghost", StepPhase.Compensation) => new Failed(FailureKind.Answer, "404"),
        (_, StepPhase.Action) => new StepDone("{\"id\":\"F-7\"}"u8.ToArray()),
        _ => Done.Instance,
    };

    private static async Task Stuck(CoordinatorEngine engine, TransactionId id)
    {
        while (await engine.AskAsync(c => new GetSagaInput(c, id)) is SagaResponse { Document.State: not SagaState.Stuck })
        {
            await Task.Yield();
        }
    }

    private static async Task<TransactionId> Begin(CoordinatorEngine engine, string name, bool wait, params StepSpec[] steps)
    {
        var definition = SagaDefinition.Of(new SagaSpec { Name = name, Timeout = TimeSpan.FromHours(1), Labels = [new("of", "fuzz")], Steps = steps });
        var key = new IdempotencyKey($"{name}-{Guid.NewGuid()}", new byte[IdempotencyKey.HashSizeBytes]);
        var answer = await Bounded.Comes(engine.AskAsync(c => new BeginSagaInput(c, definition, key)), $"saga {name} is answered");
        var id = Assert.IsType<SagaResponse>(answer).Document.Id;
        if (wait)
        {
            var ended = await Bounded.Comes(engine.AskAsync(c => new GetSagaInput(c, id, TimeSpan.FromSeconds(30))), $"saga {name} ends");
            Assert.NotNull(Assert.IsType<SagaResponse>(ended).Document.Outcome);
        }

        return id;
    }

    private static StepSpec Call(string name, string participant, string body = "{}") =>
        new(name, new StepCall(participant, "/do", System.Text.Encoding.UTF8.GetBytes(body)), new StepCall(participant, "/undo", default), null, 2, Soon);

    private static StepSpec Transaction(string name, params string[] participants) => new(name, Pay(participants), null, null, 2, Soon);

    private static StepTransaction Pay(params string[] participants) => new([.. participants.Select(p => new BranchSpec(p, "[]"u8.ToArray()))]);
}
