using Concordat.Samples.Bank.Driver;

namespace Concordat.Samples.Bank.Reporting;

/// <summary>How the run is shown while it goes on.</summary>
internal interface IDisplay
{
    void Say(string line);

    /// <summary>Shows how far it is until the work ends.</summary>
    Task FollowAsync(TransferProgress progress, Task work);
}

internal static class Display
{
    /// <summary>A bar for people at a terminal, plain lines for files, pipes and CI.</summary>
    public static IDisplay Choose() =>
        Console.IsOutputRedirected || Environment.GetEnvironmentVariable("CI") is { Length: > 0 } ? new PlainDisplay(Console.Out) : new TerminalDisplay();
}
