using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Engine;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Concordat.Server.Tests.Engine.Support;

/// <summary>An engine on a storage in memory, with scripted participants "a" and "b" that inquire.</summary>
internal sealed class EngineRun : IDisposable
{
    /// <summary>Its first spare segments are made beside the first requests, which may meet a log without room (503): for tests that fill it.</summary>
    internal static readonly EngineOptions SmallLog = new()
    {
        Log = new LogOptions { SegmentSizeBytes = 64 * 1024, MaxRecordBytes = 8 * 1024, SpareSegments = 3 },
        CheckpointBytes = 64 * 1024,
    };

    internal static readonly EngineOptions RoomyLog = new()
    {
        Log = new LogOptions { SegmentSizeBytes = 4 * 1024 * 1024, MaxRecordBytes = 64 * 1024 },
    };

    internal EngineRun(ILogStorage storage, EngineOptions? options = null, ILogger? logger = null)
    {
        Engine = new CoordinatorEngine(options ?? SmallLog, storage, Participants, logger ?? NullLogger.Instance, e => Failures.Add(e));
    }

    internal CoordinatorEngine Engine { get; }

    internal ScriptedParticipants Participants { get; } = new();

    internal List<Exception> Failures { get; } = [];

    internal static TransactionSpec Transfer { get; } = new()
    {
        Timeout = TimeSpan.FromMinutes(1),
        Branches = [new BranchSpec("a", "[]"u8.ToArray()), new BranchSpec("b", "[]"u8.ToArray())],
    };

    internal async Task<EngineRun> StartAsync()
    {
        Engine.Start();
        await Engine.Ready.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        return this;
    }

    internal async Task<EngineRun> WithParticipantsAsync()
    {
        await StartAsync();
        foreach (var name in (string[])["a", "b"])
        {
            await Ask(caller => new PutParticipantInput(caller, name, $"http://127.0.0.1:1/{name}", new ParticipantFlags(OnePhase: false, Inquires: true)));
        }

        return this;
    }

    internal Task<Response> Ask(Func<Caller, Request> request) => Eventually.Comes("an answer", Engine.AskAsync(request));

    internal Task<Response> Run(string? key = null) => Ask(caller => Begin(caller, key));

    internal static BeginInput Begin(Caller caller, string? key = null) =>
        new(caller, BeginMode.Run, Transfer, key is null ? null : new IdempotencyKey(key, new byte[IdempotencyKey.HashSizeBytes]));

    internal async Task<TransactionDocument> Get(TransactionId id) =>
        Assert.IsType<TransactionResponse>(await Ask(caller => new GetInput(caller, id))).Document;

    public void Dispose() => Engine.Dispose();
}
