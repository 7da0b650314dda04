using Concordat.Core.History;
using Concordat.Core.Participants;

namespace Concordat.Core.Transactions;

/// <summary>A prepared participant asks for the outcome. The only place where abort is presumed (I10).</summary>
internal static class Inquiring
{
    internal static void Inquire(CoordinatorState s, InquiryInput input)
    {
        switch (s.Find(input.Id))
        {
            case Transaction live:
                OfLive(s, input, live);
                break;
            case FinishedTransaction finished:
                Tell(s, input, finished.Outcome, finished.DecisionRecord);
                break;
            default:
                OfUnknown(s, input);
                break;
        }
    }

    /// <summary>Pending as long as it is not decided; an outcome on its way to the disk is told when it is there (I6).</summary>
    private static void OfLive(CoordinatorState s, InquiryInput input, Transaction live)
    {
        if (input.BranchId is { } branchId)
        {
            if (live.FindBranch(branchId) is not { } branch)
            {
                if (live.Suspended)
                {
                    // Enlisted after this copy was taken.
                    s.Answer(input.Caller, new InquiryReply(InquiryOutcome.Pending, Presumed: false));
                    return;
                }

                s.Refuse(input.Caller, ProblemKind.UnknownBranch, $"{live.Id} has no branch '{branchId}'");
                return;
            }

            // Who asks is alive.
            Delivery.CameUp(s, branch.Participant);
        }

        if (live.Outcome is { } outcome)
        {
            Tell(s, input, outcome, live.DecisionRecord);
        }
        else if (input.Wait is { } limit && !live.Suspended)
        {
            Waiting.ForInquiry(s, live, input.Caller, limit);
        }
        else
        {
            s.Answer(input.Caller, new InquiryReply(InquiryOutcome.Pending, Presumed: false));
        }
    }

    private static void OfUnknown(CoordinatorState s, InquiryInput input)
    {
        var kind = s.Epochs.Classify(input.Id, out var epoch);
        s.Answer(input.Caller, kind switch
        {
            IdKind.OfUnknownEpoch => Finding.LogBehind(input.Id),
            IdKind.Ours when epoch!.IsUncertain => new InquiryReply(InquiryOutcome.Pending, Presumed: false),
            IdKind.Ours when s.FindSaga(input.Id) is null => new InquiryReply(InquiryOutcome.Aborted, Presumed: true),
            _ => Finding.Unknown(s, input.Id),
        });
    }

    private static void Tell(CoordinatorState s, InquiryInput input, Outcome outcome, long after) => s.Answer(input.Caller, InquiryReply.Of(outcome), after);
}
