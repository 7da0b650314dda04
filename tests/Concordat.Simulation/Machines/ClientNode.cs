using System.Text;
using Concordat.Core;
using Concordat.Core.Transactions;
using Concordat.Server.Engine;

namespace Concordat.Simulation;

/// <summary>
/// An application. It begins transfers as its plan says, repeats what it got no answer to where it has a key or an id, and gives up after a
/// while: whatever it does not know, it does not claim.
/// </summary>
internal sealed class ClientNode(World world, int number, Dice dice) : Node(world, number, "client" + number)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private const int Attempts = 5;

    private string Padding { get; } = new('x', world.Plan.PaddingBytes);

    private int _underWay;

    /// <summary>It waits for no answer and will ask nothing more.</summary>
    internal bool IsIdle => _underWay == 0;

    internal void Do(SagaPlan saga) => new SagaClient(World, this, saga, dice).Begin();

    internal void Do(Transfer transfer)
    {
        World.Tell(this, $"begins transfer {transfer.Number} ({transfer.Habit}): {string.Join(", ", transfer.Legs)}");
        switch (transfer.Habit)
        {
            case Habit.Run:
                Repeat(transfer, Begin(transfer, BeginMode.Run), transfer.Key is null ? 1 : Attempts, _ => { });
                break;
            case Habit.Background:
                Repeat(transfer, Begin(transfer, BeginMode.RunInBackground), transfer.Key is null ? 1 : Attempts, response => AskUntilEnded(transfer, response));
                break;
            default:
                Repeat(transfer, Begin(transfer, BeginMode.Open), transfer.Key is null ? 1 : Attempts, response => Lock(transfer, response, 0));
                break;
        }
    }

    /// <summary>Somebody looks at the list now and then.</summary>
    internal void Look() => Ask(caller => new ListInput(caller, new TransactionFilter { Limit = 20 }), _ => Ask(caller => new GetParticipantInput(caller, null), _ => { }));

    internal void List(Action<TransactionList> then) => Ask(
        caller => new ListInput(caller, new TransactionFilter { Limit = 500 }),
        result =>
        {
            if (result is TransactionsResponse response)
            {
                then(response.List);
            }
        });

    /// <summary>A person who knows what became of it says so.</summary>
    internal void Resolve(TransactionId id, string branch, Settlement settlement) =>
        Ask(caller => new ResolveInput(caller, id, branch, settlement, "operator", "the simulation knows"), _ => { });

    protected override void Start()
    {
    }

    protected override void Stopped()
    {
    }

    private Func<Caller, Request> Begin(Transfer transfer, BeginMode mode)
    {
        var key = transfer.Key is null ? null : new IdempotencyKey(transfer.Key, new byte[IdempotencyKey.HashSizeBytes]);
        return caller => new BeginInput(
            caller,
            mode,
            new TransactionSpec
            {
                Name = "t" + transfer.Number,
                Labels = Padding.Length == 0 ? [] : [new("padding", Padding)],
                Timeout = transfer.Timeout,
                Branches = mode == BeginMode.Open ? [] : [.. transfer.Legs.Select((leg, i) => SpecOf(transfer, leg, i))],
                Locks = mode == BeginMode.Open ? [] : transfer.Locks,
            },
            key);
    }

    private BranchSpec SpecOf(Transfer transfer, Leg leg, int number)
    {
        var id = leg.OtherAccount == Leg.None
            ? $"{transfer.Number}.{number}.{leg.Account}.{leg.Amount}"
            : $"{transfer.Number}.{number}.{leg.Account}.{leg.Amount}.{leg.OtherAccount}";
        var data = Padding.Length == 0 ? $"{leg.Amount}" : $"\"{Padding}\"";
        return new BranchSpec("p" + leg.Participant, Encoding.ASCII.GetBytes($"[{{\"type\":\"move\",\"resource\":\"{leg.Account}\",\"data\":{data}}}]"), id);
    }

    /// <summary>One after the other, and then the branches. Who does not get one gives up; a deadlock's victim has nothing left to give up.</summary>
    private void Lock(Transfer transfer, Response begun, int next)
    {
        if (begun is not TransactionResponse { Document.Id: var id })
        {
            return;
        }

        if (next == transfer.Locks.Count)
        {
            Enlist(transfer, begun, 0);
            return;
        }

        if (next == 0 && transfer.LocksAtOnce)
        {
            Lock(transfer, id, [transfer.Locks[0]], () => { });
            Lock(transfer, id, transfer.Locks, () => Enlist(transfer, begun, 0));
            return;
        }

        Lock(transfer, id, [transfer.Locks[next]], () => Lock(transfer, begun, next + 1));
    }

    private void Lock(Transfer transfer, TransactionId id, IReadOnlyList<LockWant> wants, Action granted) =>
        Repeat(transfer, caller => new LockInput(caller, id, wants, transfer.LockWait), Attempts, answer =>
        {
            switch (answer)
            {
                case LockResponse:
                    granted();
                    break;
                case ProblemResponse { Kind: ProblemKind.LockTimeout } when transfer.LocksAtOnce:
                    // It has what it has, and goes on holding it until its deadline.
                    break;
                case ProblemResponse { Kind: ProblemKind.LockTimeout }:
                    Repeat(transfer, caller => new RollbackInput(caller, id), Attempts, _ => { });
                    break;
            }
        });

    private void Enlist(Transfer transfer, Response response, int next)
    {
        if (response is not (TransactionResponse or BranchResponse))
        {
            return;
        }

        var id = response is TransactionResponse t ? t.Document.Id : ((BranchResponse)response).TransactionId;
        if (next < transfer.Legs.Count && !(transfer.Habit == Habit.Vanish && next == transfer.Legs.Count - 1))
        {
            Repeat(
                transfer,
                caller => new EnlistInput(caller, id, SpecOf(transfer, transfer.Legs[next], next)),
                Attempts,
                enlisted => Enlist(transfer, enlisted, next + 1));
            return;
        }

        switch (transfer.Habit)
        {
            case Habit.StepByStep:
                Repeat(transfer, caller => new CommitInput(caller, id), Attempts, _ => { });
                break;
            case Habit.RollBack:
                Repeat(transfer, caller => new RollbackInput(caller, id), Attempts, _ => { });
                break;
            case Habit.Quarrel:
                Repeat(transfer, caller => new CommitInput(caller, id), Attempts, _ => { });
                Soon(World.Moment(dice) * dice.Between(1, 40), () => Repeat(transfer, caller => new RollbackInput(caller, id), Attempts, _ => { }));
                Soon(World.Moment(dice) * dice.Between(1, 40), () => Repeat(transfer, caller => new CommitInput(caller, id), Attempts, _ => { }));
                break;
        }
    }

    private void AskUntilEnded(Transfer transfer, Response response)
    {
        if (response is not TransactionResponse { Document: { Outcome: null } document })
        {
            return;
        }

        Repeat(transfer, caller => new GetInput(caller, document.Id, TimeSpan.FromSeconds(dice.Below(10))), Attempts, answer =>
        {
            if (answer is TransactionResponse { Document.Outcome: null })
            {
                Soon(TimeSpan.FromSeconds(1), () => AskUntilEnded(transfer, answer));
            }
        });
    }

    private void Repeat(Transfer transfer, Func<Caller, Request> request, int attempts, Action<Response> then) => Repeat("transfer", transfer.Number, request, attempts, then);

    internal void Repeat(string what, int number, Func<Caller, Request> request, int attempts, Action<Response> then) => Ask(request, result =>
    {
        World.Tell(this, $"of {what} {number} hears {(result is Response response ? World.Say(response) : result)}");
        switch (result)
        {
            case ProblemResponse { Kind: ProblemKind.Overloaded or ProblemKind.LogFull or ProblemKind.ParticipantBacklog or ProblemKind.UnknownParticipant } when attempts > 1:
            case FailureKind when attempts > 1:
                Soon(dice.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3)), () => Repeat(what, number, request, attempts - 1, then));
                break;
            case Response answer:
                then(answer);
                break;
        }
    });

    internal void Ask(Func<Caller, Request> request, Action<object> end)
    {
        _underWay++;
        World.Network.Call(this, World.Coordinator, Patience, exchange => World.Coordinator.Ask(exchange, request), result =>
        {
            end(result);
            _underWay--;
        });
    }

    internal void Soon(TimeSpan delay, Action action)
    {
        _underWay++;
        After(delay, () =>
        {
            action();
            _underWay--;
        });
    }
}
