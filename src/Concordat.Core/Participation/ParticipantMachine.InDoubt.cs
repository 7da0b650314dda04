namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.ParticipantEffect;
using static Concordat.Core.Participation.ParticipantInput;

// Time, and the question for the outcome. Nothing here settles a prepared branch (I12): only an answer does.
public sealed partial class ParticipantMachine
{
    private readonly Queue<Branch> _wantToAsk = [];
    private int _asking;

    private void OnTick(Now now, ICollection<ParticipantEffect> effects)
    {
        while (_timers.TakeDue(now.Monotonic) is { } node)
        {
            var branch = (Branch)node;
            switch (branch.Phase)
            {
                case BranchPhase.Preparing:
                    // Its prepare failed, or a crash cut it short, and nothing was promised: it may be dropped.
                    branch.Reason ??= "its prepare never came to a vote";
                    End(branch, Outcome.Aborted, cause: null, effects);
                    break;
                case BranchPhase.Prepared:
                    WantToAsk(branch, effects);
                    break;
                case BranchPhase.Ending:
                    RunEnd(branch, cause: null, effects);
                    break;
                default:
                    throw new ParticipantInvariantException($"a timer of {branch.Key} while {branch.Phase}");
            }
        }
    }

    private void WantToAsk(Branch branch, ICollection<ParticipantEffect> effects)
    {
        if (!branch.Asking && !branch.QueuedToAsk)
        {
            branch.QueuedToAsk = true;
            _wantToAsk.Enqueue(branch);
        }

        AskNext(effects);
    }

    private void AskNext(ICollection<ParticipantEffect> effects)
    {
        while (_asking < settings.MaxInquiries && _wantToAsk.TryDequeue(out var branch))
        {
            branch.QueuedToAsk = false;
            if (branch.Phase == BranchPhase.Prepared)
            {
                _asking++;
                branch.Asking = true;
                effects.Add(new Ask(branch.Key, branch.Terms.InquiryUrl, branch.Failures + 1, branch.Record));
            }
        }
    }

    private void OnInquiryAnswered(InquiryAnswered input, Now now, ICollection<ParticipantEffect> effects)
    {
        Require(_asking > 0, $"an inquiry about {input.Key} was answered that nobody made");
        _asking--;
        if (_branches.TryGetValue(input.Key, out var branch) && branch.Asking)
        {
            branch.Asking = false;
            if (branch.Phase == BranchPhase.Prepared)
            {
                Conclude(branch, input.Result, now, effects);
            }
        }

        AskNext(effects);
    }

    private void Conclude(Branch branch, InquiryResult result, Now now, ICollection<ParticipantEffect> effects)
    {
        switch (result)
        {
            case InquiryResult.Committed:
                End(branch, Outcome.Committed, cause: null, effects);
                break;
            case InquiryResult.Aborted:
                branch.Reason = "the coordinator answered an inquiry: aborted";
                End(branch, Outcome.Aborted, cause: null, effects);
                break;
            default:
                branch.Failures++;
                _timers.Arm(branch, now.Monotonic + settings.Retry.After(branch.Failures, random));
                break;
        }
    }
}
