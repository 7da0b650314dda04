using Concordat.Core;
using Concordat.Server.Engine;

namespace Concordat.Server.Tests.Http;

/// <summary>Documents as the contract shows them.</summary>
internal static class Documents
{
    public static readonly TransactionId Id = new(0x1122334455, 0x155_5555_5555, 7);

    public static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, 250, TimeSpan.Zero);

    public static readonly TransactionDocument Transaction = new()
    {
        Id = Id,
        Name = "transfer",
        State = TransactionState.Committing,
        Outcome = Outcome.Committed,
        CreatedAt = At,
        Deadline = At.AddSeconds(60),
        DecidedAt = At.AddSeconds(1),
        Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["order"] = "42" },
        Branches = [new BranchDocument { Id = "1", Participant = "bank-a", State = BranchState.Prepared, Vote = Vote.Yes, Attempts = 1 }],
        History = [new StateChange(TransactionState.Active, At), new StateChange(TransactionState.Preparing, At)],
    };

    public static readonly ParticipantDocument Participant = new() { Name = "bank-a", Url = "http://127.0.0.1:8001/concordat", State = "up", Unfinished = 0 };

    public static readonly SagaDocument Saga = new()
    {
        Id = Id,
        State = SagaState.Running,
        CreatedAt = At,
        Deadline = At.AddSeconds(3600),
        Labels = new Dictionary<string, string>(StringComparer.Ordinal),
        Steps = [new SagaStepDocument { Name = "flight", Participant = "flights", After = [], State = StepState.Running }],
        History = [new SagaEvent(At, "running")],
    };

    public static Response AnswerTo(Input input) => input switch
    {
        BeginSagaInput => new SagaResponse(Saga, Answered.Accepted),
        GetSagaInput or CancelSagaInput or ResumeSagaInput or RetryStepInput or ResolveStepInput => new SagaResponse(Saga, Answered.Ok),
        ListSagasInput => new SagasResponse(new SagaList { Items = [Saga] }),
        BeginInput { Mode: BeginMode.Open } => new TransactionResponse(Transaction, Answered.Created),
        BeginInput { Mode: BeginMode.RunInBackground } => new TransactionResponse(Transaction, Answered.Accepted),
        EnlistInput enlist => new BranchResponse(enlist.Id, Transaction.Branches[0], Answered.Created),
        ListInput => new TransactionsResponse(new TransactionList { Items = [Transaction], NextCursor = "1-7" }),
        InquiryInput => new InquiryResponse(new InquiryAnswer(InquiryOutcome.Pending, Presumed: false)),
        PutParticipantInput put => new ParticipantResponse(
            new ParticipantDocument { Name = put.Name, Url = put.Url, OnePhase = put.Flags.OnePhase, Inquires = put.Flags.Inquires }, Answered.Created),
        GetParticipantInput { Name: null } => new ParticipantsResponse(new ParticipantList { Items = [Participant] }),
        GetParticipantInput => new ParticipantResponse(Participant, Answered.Ok),
        RemoveParticipantInput => new RemovedResponse(),
        _ => new TransactionResponse(Transaction, Answered.Ok),
    };
}
