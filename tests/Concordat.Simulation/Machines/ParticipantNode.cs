using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Server.Engine;

namespace Concordat.Simulation;

/// <summary>A participant's machine, of whatever kind.</summary>
internal abstract class ParticipantNode(World world, int number, ParticipantPlan plan, Dice dice) : Node(world, number, "p" + number)
{
    private static readonly TimeSpan RegistrationTimeout = TimeSpan.FromSeconds(5);

    protected Dice Dice { get; } = dice;

    internal ParticipantPlan Plan { get; } = plan;

    /// <summary>The money; null while the process is down and the money is in its memory only.</summary>
    internal abstract Accounts? Accounts { get; }

    /// <summary>The state is read and the process at work: what it applies from here on is new.</summary>
    internal bool IsOpen { get; set; }

    /// <summary>Branches that have not ended here. Only of a process that is up.</summary>
    internal abstract int Unfinished { get; }

    /// <summary>A call of the coordinator arrives.</summary>
    internal abstract void Receive(Call call, Network.Exchange exchange);

    /// <summary>What it does for sagas, beside its branches.</summary>
    internal SagaService Service => field ??= new SagaService(World, this);

    /// <summary>A call of a saga's step arrives.</summary>
    internal void Receive(CallStep call, Network.Exchange exchange)
    {
        if (IsOpen)
        {
            Service.Receive(call, exchange);
        }
        else
        {
            exchange.Answer(new HttpAnswer(503, default));
        }
    }

    /// <summary>As the SDK does at each start, until somebody answers.</summary>
    protected void Register() => World.Network.Call(
        this,
        World.Coordinator,
        RegistrationTimeout,
        exchange => World.Coordinator.Ask(exchange, caller => new PutParticipantInput(caller, Name, World.UrlOf(this), Plan.Flags)),
        result =>
        {
            if (result is not ParticipantResponse)
            {
                After(TimeSpan.FromSeconds(1), Register);
            }
        });

    protected void Inquire(BranchKey key, TimeSpan timeout, Action<InquiryResult> end) => World.Network.Call(
        this,
        World.Coordinator,
        timeout,
        exchange => World.Coordinator.Ask(exchange, caller => new InquiryInput(caller, key.Transaction, key.Branch)),
        result => end(result switch
        {
            InquiryResponse { Answer.Outcome: InquiryOutcome.Committed } => InquiryResult.Committed,
            InquiryResponse { Answer.Outcome: InquiryOutcome.Aborted } => InquiryResult.Aborted,
            InquiryResponse => InquiryResult.Pending,
            ProblemResponse { Kind: ProblemKind.LogBehind } => InquiryResult.LogBehind,
            ProblemResponse { Kind: ProblemKind.UnknownTransaction } => InquiryResult.NotOurs,
            _ => InquiryResult.Unreachable,
        }));
}
