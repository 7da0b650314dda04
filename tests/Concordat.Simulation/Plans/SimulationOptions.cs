namespace Concordat.Simulation;

/// <summary>What is fixed for all seeds; what is null each seed draws for itself.</summary>
public sealed record SimulationOptions
{
    /// <summary>2 to 8.</summary>
    public int? Participants { get; init; }

    public int? Clients { get; init; }

    /// <summary>How many transactions are begun.</summary>
    public int? Transactions { get; init; }

    /// <summary>How many faults are planned, besides what the network does all the time.</summary>
    public int? Faults { get; init; }

    /// <summary>The probability that a message that is sent arrives.</summary>
    public double? SendProbability { get; init; }

    /// <summary>The probability that an operation succeeds: that a participant votes yes, and that its store answers.</summary>
    public double? SuccessProbability { get; init; }
}
