using Concordat.Core.Sagas;
using Concordat.Core.Transactions;

namespace Concordat.Core;

/// <summary>Who waits for an answer. The core hands it back with the answer and never looks inside.</summary>
public abstract class Caller;

/// <summary>What can happen to the coordinator. A closed set: every input is one of the records in this file.</summary>
public abstract record Input
{
    private protected Input()
    {
    }
}

/// <summary>What somebody asks, and is answered exactly once.</summary>
public abstract record Request(Caller Caller) : Input;

/// <summary>An application begins a transaction.</summary>
public sealed record BeginInput(Caller Caller, BeginMode Mode, TransactionSpec Spec, IdempotencyKey? Key = null) : Request(Caller);

public enum BeginMode
{
    /// <summary>Begin, prepare and decide; answer with the outcome.</summary>
    Run,

    /// <summary>The same, answered as soon as the begin is durable.</summary>
    RunInBackground,

    /// <summary>Begin only: the client enlists branches, then commits or rolls back.</summary>
    Open,
}

/// <summary>A key and the SHA-256 of the request's body: the same request, or another one under a used key.</summary>
public sealed record IdempotencyKey(string Value, ReadOnlyMemory<byte> BodyHash)
{
    public const int HashSizeBytes = 32;

    public bool HasSameBody(IdempotencyKey other) => BodyHash.Span.SequenceEqual(other.BodyHash.Span);
}

/// <summary>What an application asks for. Forms and ranges were checked at the edge.</summary>
public sealed record TransactionSpec
{
    public string? Name { get; init; }
    public required TimeSpan Timeout { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
    public IReadOnlyList<BranchSpec> Branches { get; init; } = [];

    /// <summary>Held before the first prepare.</summary>
    public IReadOnlyList<LockWant> Locks { get; init; } = [];

    /// <summary>W3C trace context, passed on with every call.</summary>
    public string? TraceParent { get; init; }
}

/// <param name="Operations">A JSON array, passed on unread; empty where there are none.</param>
/// <param name="BranchId">Chosen by the client, or null for the next number.</param>
/// <param name="Vote">On a resource: how whoever holds its connection says that the branch votes; null where that comes later.</param>
/// <param name="OnePhase">
/// On a resource, instead of a vote: it is open, can commit by itself where it is the only one, and by this evidence its database tells
/// afterwards whether it has.
/// </param>
/// <param name="Identity">On a resource: the database that is meant by the name, as far as the client knows. Null where it does not say.</param>
public sealed record BranchSpec(
    string Participant, ReadOnlyMemory<byte> Operations, string? BranchId = null, BranchVote? Vote = null, string? OnePhase = null, string? Identity = null);

/// <param name="Evidence">What tells later whether a branch that is not found any more has committed; null where the branch is not known by name.</param>
public sealed record BranchVote(Vote Vote, string? Reason, string? Evidence);

public sealed record EnlistInput(Caller Caller, TransactionId Id, BranchSpec Branch) : Request(Caller);

/// <param name="Branches">Of resources, with their votes: enlisted where they are not yet, and counted.</param>
public sealed record CommitInput(Caller Caller, TransactionId Id, IReadOnlyList<BranchSpec> Branches) : Request(Caller)
{
    public CommitInput(Caller caller, TransactionId id)
        : this(caller, id, [])
    {
    }
}

/// <summary>A transaction asks for locks, all or none.</summary>
/// <param name="Wait">Zero takes what is free and waits for nothing.</param>
public sealed record LockInput(Caller Caller, TransactionId Id, IReadOnlyList<LockWant> Locks, TimeSpan Wait) : Request(Caller);

public sealed record ListLocksInput(Caller Caller, LockFilter Filter) : Request(Caller);

public sealed record RollbackInput(Caller Caller, TransactionId Id) : Request(Caller);

/// <param name="Wait">Null answers at once; otherwise answers when the transaction has ended, or after this time, whatever its state is then.</param>
public sealed record GetInput(Caller Caller, TransactionId Id, TimeSpan? Wait = null) : Request(Caller);

public sealed record ListInput(Caller Caller, TransactionFilter Filter) : Request(Caller);

/// <summary>A prepared participant, or who holds a prepared branch of a resource, asks for the outcome.</summary>
/// <param name="BranchId">Null where it did not say.</param>
/// <param name="Wait">Null answers at once; otherwise when it is decided, or after this time.</param>
public sealed record InquiryInput(Caller Caller, TransactionId Id, string? BranchId, TimeSpan? Wait = null) : Request(Caller);

/// <summary>An operator settles a branch by hand.</summary>
public sealed record ResolveInput(Caller Caller, TransactionId Id, string BranchId, Settlement As, string Who, string Why) : Request(Caller);

public sealed record PutParticipantInput(Caller Caller, string Name, string Url, ParticipantFlags Flags) : Request(Caller);

/// <param name="Identity">Which database it is, in its own words: a name must not come to mean another one.</param>
public sealed record PutResourceInput(Caller Caller, string Name, string Identity) : Request(Caller);

/// <summary>Somebody is about to list what is prepared on a resource.</summary>
public sealed record BeginSweepInput(Caller Caller, string Resource, string Identity) : Request(Caller);

/// <summary>What the listing showed.</summary>
/// <param name="Prepared">The names of all that is prepared there, of whomever.</param>
public sealed record EndSweepInput(Caller Caller, string Resource, SweepTicket Ticket, IReadOnlyList<string> Prepared) : Request(Caller);

/// <summary>What is prepared on a resource is to be shown, and nothing done.</summary>
/// <param name="Prepared">As of <see cref="EndSweepInput"/>.</param>
public sealed record LookInput(Caller Caller, string Resource, string Identity, IReadOnlyList<string> Prepared) : Request(Caller);

/// <summary>Whether anybody will ever ask again what became of branches of these transactions.</summary>
public sealed record EndedInput(Caller Caller, string Resource, string Identity, IReadOnlyList<TransactionId> Transactions) : Request(Caller);

/// <summary>What became of branches of a resource, as its database says.</summary>
public sealed record ReportInput(Caller Caller, string Resource, IReadOnlyList<BranchReport> Reports) : Request(Caller);

/// <summary>A moment before a listing: what was decided durably by then, the listing shows if it is still prepared.</summary>
/// <param name="Epoch">Counts of another start of the coordinator mean nothing to this one.</param>
public readonly record struct SweepTicket(long Epoch, long DurableRecords);

/// <param name="IsResource">Whether a resource is meant, or a service.</param>
public sealed record RemoveParticipantInput(Caller Caller, string Name, bool IsResource = false) : Request(Caller);

/// <param name="Name">Null lists them all.</param>
/// <param name="IsResource">Whether resources are meant, or services.</param>
public sealed record GetParticipantInput(Caller Caller, string? Name, bool IsResource = false) : Request(Caller);

/// <summary>An application begins a saga.</summary>
/// <param name="Wait">Null answers as soon as it is durably accepted; otherwise when it has ended, or after this time.</param>
public sealed record BeginSagaInput(Caller Caller, SagaDefinition Definition, IdempotencyKey? Key = null, TimeSpan? Wait = null) : Request(Caller);

/// <param name="Wait">As of <see cref="GetInput"/>.</param>
public sealed record GetSagaInput(Caller Caller, TransactionId Id, TimeSpan? Wait = null) : Request(Caller);

public sealed record ListSagasInput(Caller Caller, SagaFilter Filter) : Request(Caller);

/// <summary>A saga is to compensate.</summary>
public sealed record CancelSagaInput(Caller Caller, TransactionId Id) : Request(Caller);

/// <summary>A person says that the saga of a restored copy goes on here.</summary>
public sealed record ResumeSagaInput(Caller Caller, TransactionId Id) : Request(Caller);

/// <summary>What waits for its next attempt is tried now.</summary>
public sealed record RetryStepInput(Caller Caller, TransactionId Id, string Step) : Request(Caller);

/// <summary>A person has undone a step.</summary>
public sealed record ResolveStepInput(Caller Caller, TransactionId Id, string Step, string Who, string Why) : Request(Caller);

/// <summary>A call that was handed out as a <see cref="OutgoingCall"/> has ended, in whatever way.</summary>
public sealed record CallEnded(CallKey Key, CallResult Result) : Input;

/// <summary>What a participant can do, as it was when the transaction named it.</summary>
/// <param name="OnePhase">Prepare and commit in one call, where it is the only branch.</param>
/// <param name="Inquires">Asks for the outcome by itself, after a restart or a silence.</param>
/// <param name="IsResource">A database without a service before it. It is never called: see <see cref="Resources.Sweeping"/>.</param>
public readonly record struct ParticipantFlags(bool OnePhase, bool Inquires, bool IsResource = false)
{
    /// <summary>Whoever knows a resource lists what is prepared there and asks.</summary>
    public static ParticipantFlags Resource { get; } = new(OnePhase: false, Inquires: true, IsResource: true);
}
