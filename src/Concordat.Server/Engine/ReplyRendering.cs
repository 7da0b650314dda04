using Concordat.Core;
using Concordat.Core.Participants;

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
        ParticipantReply r => new ParticipantResponse(Render(r.Participant), r.How),
        ParticipantsReply r => new ParticipantsResponse(new ParticipantList { Items = [.. r.Participants.Select(Render)] }),
        RemovedReply => new RemovedResponse(),
        ProblemReply r => new ProblemResponse(r.Kind, r.Detail),
        _ => throw new ProtocolViolationException($"{reply.GetType().Name} is no reply"),
    };

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
