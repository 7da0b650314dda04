namespace Concordat.Samples.Bank.Processes;

/// <summary>What is killed in the middle of the work, and must not matter.</summary>
internal interface IKillable
{
    string Name { get; }

    /// <summary>With SIGKILL; starts it again at once, and returns when it is ready.</summary>
    Task KillAndRestartAsync(CancellationToken cancellationToken);
}
