using Concordat.Core;

namespace Concordat.Server.Engine;

/// <summary>What the HTTP side sees of the engine: ask, and be answered when whatever the answer promises is durable.</summary>
public interface ICoordinatorEngine
{
    EngineState State { get; }

    /// <summary>Takes a request to the engine's thread and completes with its answer.</summary>
    /// <param name="makeRequest">Makes the request for the caller that the answer will find.</param>
    /// <exception cref="EngineUnavailableException">Nothing was taken in: it recovers, stops, or its queue is full.</exception>
    /// <exception cref="EngineStoppedException">It was taken in and the engine stopped before the answer: anything may be durable.</exception>
    /// <remarks>
    /// There is no cancellation: what was taken in goes on, and a client that goes away changes nothing. If the process stops
    /// before the answer, whatever is durable is taken up by the next start.
    /// </remarks>
    Task<Response> AskAsync(Func<Caller, Request> makeRequest);

    EngineCounts Counts { get; }
}

public enum EngineState
{
    Recovering,
    Ready,

    /// <summary>Takes no new transactions; finishes what is decided.</summary>
    Draining,
    Stopped,
}

/// <summary>The engine takes nothing in now.</summary>
public sealed class EngineUnavailableException(EngineState state, string message) : Exception(message)
{
    /// <summary><see cref="EngineState.Ready"/> where the only reason is a full queue.</summary>
    public EngineState State { get; } = state;
}

/// <summary>The request was taken in, and the engine stopped before it was answered. What became of it, only the next start can say.</summary>
public sealed class EngineStoppedException() : Exception("the coordinator stopped before the answer was known; ask again by id, or with the same idempotency key");

/// <summary>An answer of the engine: a reply of the core, rendered at the moment of its release. A closed set.</summary>
public abstract record Response
{
    private protected Response()
    {
    }
}

public sealed record TransactionResponse(TransactionDocument Document, Answered How) : Response;

public sealed record BranchResponse(TransactionId TransactionId, BranchDocument Document, Answered How) : Response;

public sealed record TransactionsResponse(TransactionList List) : Response;

public sealed record InquiryResponse(InquiryAnswer Answer) : Response;

public sealed record ParticipantResponse(ParticipantDocument Document, Answered How) : Response;

public sealed record ParticipantsResponse(ParticipantList List) : Response;

public sealed record ResourceResponse(ResourceDocument Document, Answered How) : Response;

public sealed record ResourcesResponse(ResourceList List) : Response;

public sealed record SweepResponse(SweepDocument Document) : Response;

public sealed record ListingResponse(ListingAnswer Answer) : Response;

public sealed record ReportsResponse(ReportsAnswer Answer) : Response;

public sealed record PreparedResponse(PreparedList List) : Response;

public sealed record EndedResponse(EndedAnswer Answer) : Response;

public sealed record LockResponse(LockAnswer Answer) : Response;

public sealed record LocksResponse(LockList List) : Response;

public sealed record SagaResponse(SagaDocument Document, Answered How) : Response;

public sealed record SagasResponse(SagaList List) : Response;

public sealed record RemovedResponse : Response;

/// <summary>A refusal, or a 503 of the core (<see cref="ProblemKind"/>). Nothing was changed.</summary>
public sealed record ProblemResponse(ProblemKind Kind, string Detail) : Response
{
    /// <summary>Of a deadlock: who waits for whom. Empty otherwise.</summary>
    public IReadOnlyList<LockWait> Cycle { get; init; } = [];
}

/// <summary>Counters since the start and gauges of now, for metrics and readiness.</summary>
public sealed record EngineCounts
{
    public long Begun { get; init; }
    public long Committed { get; init; }
    public long Aborted { get; init; }
    public long CallsSent { get; init; }
    public long CallsFailed { get; init; }
    public long HeuristicsRecorded { get; init; }
    public int Undecided { get; init; }
    public int Open { get; init; }
    public int Hazards { get; init; }
    public int History { get; init; }
    public int Participants { get; init; }
    public int LocksHeld { get; init; }
    public int LocksWaiting { get; init; }
    public long Deadlocks { get; init; }
    public WaitTimes LockWaits { get; init; } = new();
    public IReadOnlyDictionary<SagaState, int> SagasByState { get; init; } = new Dictionary<SagaState, int>();
    public long SagasBegun { get; init; }
    public long SagasCompleted { get; init; }
    public long SagasCompensated { get; init; }
    public long StepsResolved { get; init; }
    public IReadOnlyDictionary<TransactionState, int> ByState { get; init; } = new Dictionary<TransactionState, int>();
    public double OldestAgeSeconds { get; init; }
    public double RecoverySeconds { get; init; }
    public long LogBytesAppended { get; init; }
    public long LogSyncs { get; init; }
    public long LogSizeBytes { get; init; }
    public long LogRoomBytes { get; init; }
    public double LastSyncSeconds { get; init; }
    public bool LogIsFull { get; init; }
}
