using Concordat.Client.Participants;
using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Fuzz.Tests.Sdk;
using Concordat.Fuzz.Tests.Support;
using Concordat.Log;
using Concordat.Server.Delivery;
using Concordat.Server.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Concordat.Fuzz.Tests.Logs;

/// <summary>Logs as a coordinator and a participant leave them, with something of everything in them.</summary>
internal static class RealLogs
{
    public static readonly EngineOptions Options = new()
    {
        Log = new LogOptions { SegmentSizeBytes = 256 * 1024, MaxRecordBytes = 16 * 1024, SpareSegments = 1 },
        CheckpointBytes = 2048,
        Coordinator = new CoordinatorOptions { HazardInterval = TimeSpan.FromHours(1) },
    };

    public static async Task<MemoryLogStorage> Coordinator()
    {
        var storage = new MemoryLogStorage();
        for (var run = 0; run < 2; run++)
        {
            var engine = new CoordinatorEngine(Options, storage, new Participants(), NullLogger.Instance, e => throw e);
            engine.Start();
            await Bounded.Comes(engine.Ready, "a coordinator starts");
            foreach (var name in (string[])["good", "refuser", "ghost", "silent", "gone"])
            {
                await engine.AskAsync(c => new PutParticipantInput(c, name, $"http://127.0.0.1:9/{name}", new ParticipantFlags(OnePhase: name is "good" or "silent", Inquires: name == "refuser")));
            }

            await engine.AskAsync(c => new RemoveParticipantInput(c, "gone"));
            await Begin(engine, "committed", BeginMode.Run, "good", "good");
            await Begin(engine, "one-phase", BeginMode.Run, "good");
            await Begin(engine, "aborted", BeginMode.Run, "good", "refuser");
            await Begin(engine, "hanging", BeginMode.RunInBackground, "good", "silent");
            await Begin(engine, "hanging-one-phase", BeginMode.RunInBackground, "silent");
            var hazard = await Begin(engine, "hazard", BeginMode.Run, "good", "ghost");
            if (hazard is TransactionResponse { Document.Id: var id } && run == 0)
            {
                await engine.AskAsync(c => new ResolveInput(c, id, "2", Settlement.RolledBack, "Ada", "by phone"));
            }

            var open = (TransactionResponse)await Begin(engine, "open", BeginMode.Open);
            await engine.AskAsync(c => new EnlistInput(c, open.Document.Id, new BranchSpec("good", "[]"u8.ToArray(), "b-1")));
            await engine.AskAsync(c => new LockInput(c, open.Document.Id, [new("shared", LockMode.Shared), new($"own/{run}", LockMode.Exclusive)], TimeSpan.Zero));
            await SagaLogs.Sagas(engine, run);
            await Bounded.Comes(engine.StopAsync(TimeSpan.Zero), "a coordinator stops");
        }

        return storage;
    }

    public static async Task<MemoryLogStorage> Participant(ulong coordinator)
    {
        await using var rig = await ParticipantRig.Start();
        const string Prepare = """, "deadline": "2099-01-01T00:00:00Z", "operations": [{"type": "debit", "data": 1}]""";
        for (var i = 0ul; i < 6; i++)
        {
            Assert.Equal(200, await rig.Call("prepare", i, Prepare, coordinator));
        }

        await rig.Call("commit", 1, coordinator: coordinator);
        await rig.Call("commit", 2, coordinator: coordinator);
        await rig.Call("rollback", 3, coordinator: coordinator);
        await rig.Call("rollback", 20, coordinator: coordinator);
        await rig.Call("commit", 21, """, "onePhase": true, "operations": [{"type": "debit"}]""", coordinator);
        await rig.CrashAndRestart();
        await rig.Call("prepare", 22, """, "deadline": "2099-01-01T00:00:00Z", "operations": [{"type": "credit"}]""", coordinator);
        await rig.Call("commit", 4, coordinator: coordinator);
        return rig.Disk.AsIfCrashed(CrashPlan.LoseUnsynced);
    }

    private static Task<Response> Begin(CoordinatorEngine engine, string name, BeginMode mode, params string[] participants) => Bounded.Comes(
        engine.AskAsync(caller => new BeginInput(
            caller,
            mode,
            new TransactionSpec
            {
                Name = name,
                Timeout = TimeSpan.FromHours(1),
                Labels = [new("of", "fuzz")],
                Branches = [.. participants.Select(p => new BranchSpec(p, "[{\"type\":\"debit\"}]"u8.ToArray()))],

                // What never ends keeps its lock, also in checkpoints.
                Locks = mode == BeginMode.RunInBackground ? [new("shared", LockMode.Shared), new($"{name}/{Guid.NewGuid():N}", LockMode.Exclusive)] : [],
            },
            new IdempotencyKey($"{name}-{Guid.NewGuid()}", new byte[IdempotencyKey.HashSizeBytes]))),
        $"{name} is answered");

    /// <summary>Votes, does and obeys, but for the silent one; the ghost never knows, and undoes nothing.</summary>
    internal sealed class Participants : ICallSender
    {
        public void Send(OutgoingCall outgoing, Action<CallEnded> report)
        {
            if (outgoing is CallStep step)
            {
                if (SagaLogs.Answer(step) is { } answer)
                {
                    report(new CallEnded(step.Key, answer));
                }

                return;
            }

            var call = (Call)outgoing;
            CallResult? result = (call.Target.Participant, call.Kind) switch
            {
                ("silent", _) => null,
                ("refuser", CallKind.Prepare) => new Voted(Vote.No, "no", null),
                ("ghost", CallKind.Commit) => new NeverHeardOf("410"),
                (_, CallKind.Prepare or CallKind.OnePhase) => new Voted(Vote.Yes, null, "evidence"),
                _ => Done.Instance,
            };
            if (result is not null)
            {
                report(new CallEnded(call.Key, result));
            }
        }

        public void Cancel(CallKey key)
        {
        }
    }

    /// <summary>Nobody answers.</summary>
    internal sealed class Silence : ICallSender
    {
        public void Send(OutgoingCall call, Action<CallEnded> report)
        {
        }

        public void Cancel(CallKey key)
        {
        }
    }

    internal sealed class NoInquiry : IInquirer
    {
        public Task<InquiryResult> AskAsync(BranchKey key, string? inquiryUrl, int attempt, CancellationToken cancellationToken) => Task.FromResult(InquiryResult.Unreachable);
    }
}
