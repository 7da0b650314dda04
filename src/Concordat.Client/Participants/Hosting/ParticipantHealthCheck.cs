using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Concordat.Client.Participants;

/// <summary>Ready when the log is read, the engine runs, and the coordinator knows the address.</summary>
internal sealed class ParticipantHealthCheck(IParticipant participant) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var status = participant.Status;
        return Task.FromResult(status switch
        {
            { Running: false } => HealthCheckResult.Unhealthy("The participant does not run."),
            { Registered: false } => HealthCheckResult.Unhealthy("The participant is not registered at its coordinator yet."),
            _ => HealthCheckResult.Healthy($"{status.Unfinished} unfinished branches, {status.InDoubt} in doubt"),
        });
    }
}
