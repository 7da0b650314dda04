using Concordat.Core;
using Concordat.Core.Participants;
using Concordat.Server.Http;

namespace Concordat.Server.Engine;

/// <summary>Makes the wire's documents of the core's replies, on the engine's thread, at the moment of their release.</summary>
internal static class ReplyRendering
{
    internal static Response Render(Coordinator coordinator, Reply reply) => reply switch
    {
        TransactionReply r => new TransactionResponse(coordinator.DocumentOf(r.Transaction), r.How),
        BranchReply r => new BranchResponse(r.Transaction.Id, coordinator.DocumentOf(r.Transaction, r.Branch), r.How),
        ListReply r => new TransactionsResponse(new TransactionList { Items = r.Items, NextCursor = r.NextCursor }),
        InquiryReply r => new InquiryResponse(new InquiryAnswer(r.Outcome, r.Presumed)),
        ParticipantReply { Participant: { Flags.IsResource: true } resource } r => new ResourceResponse(RenderResource(resource), r.How),
        ParticipantsReply { AreResources: true } r => new ResourcesResponse(new ResourceList { Items = [.. r.Participants.Select(RenderResource)] }),
        SweepBegunReply r => new SweepResponse(new SweepDocument { Ticket = Tickets.Write(r.Ticket), Awaiting = r.Awaiting, More = r.More }),
        SweptReply r => new ListingResponse(new ListingAnswer { Prepared = r.Prepared, Done = r.Done }),
        LookedReply r => new PreparedResponse(new PreparedList { Items = r.Items }),
        EndedReply r => new EndedResponse(new EndedAnswer { Ended = r.Ended }),
        ReportedReply r => new ReportsResponse(new ReportsAnswer { Reports = [.. r.Refusals.Select(Render)] }),
        ParticipantReply r => new ParticipantResponse(Render(r.Participant), r.How),
        ParticipantsReply r => new ParticipantsResponse(new ParticipantList { Items = [.. r.Participants.Select(Render)] }),
        RemovedReply => new RemovedResponse(),
        LockReply r => new LockResponse(new LockAnswer(r.FencingToken)),
        LocksReply r => new LocksResponse(new LockList { Items = r.Items, NextCursor = r.NextCursor }),
        SagaReply r => new SagaResponse(r.Saga, r.How),
        SagasReply r => new SagasResponse(new SagaList { Items = r.Items, NextCursor = r.NextCursor }),
        ProblemReply r => new ProblemResponse(r.Kind, r.Detail) { Cycle = r.Cycle },
        _ => throw new ProtocolViolationException($"{reply.GetType().Name} is no reply"),
    };

    private static ResourceDocument RenderResource(Participant resource) => new()
    {
        Name = resource.Name,
        Identity = resource.Url,
        Unfinished = resource.Unfinished,
        Awaited = resource.Backlog,
    };

    private static ReportAnswer Render(ProblemReply? refusal) =>
        refusal is null ? new ReportAnswer(Problem: null, Detail: null) : new ReportAnswer(ProblemTypes.Of(refusal.Kind).Uri, refusal.Detail);

    private static ParticipantDocument Render(Participant participant) => new()
    {
        Name = participant.Name,
        Url = participant.Url,
        OnePhase = participant.Flags.OnePhase,
        Inquires = participant.Flags.Inquires,
        State = participant.IsDown ? "down" : "up",
        Unfinished = participant.Unfinished,
    };
}
