using System.Net.Http.Json;
using Concordat.Core;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Participants;

/// <summary>Tells the coordinator the participant's address, until that has worked once. It is durable there.</summary>
internal sealed class ParticipantRegistration(
    ParticipantOptions options, ParticipantParts parts, ParticipantHost host, IServiceProvider services, IHttpClientFactory factory,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ParticipantRegistration> logger)
    : BackgroundService
{
    private static readonly Backoff Between = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(15));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Coordinator is not { } coordinator)
        {
            host.IsRegistered = true;
            return;
        }

        if (!await StartedAsync(stoppingToken).ConfigureAwait(false))
        {
            return;
        }

        var url = PublicUrl();
        var random = new SplitMix64(unchecked((ulong)Random.Shared.NextInt64()));
        for (var attempts = 1; !stoppingToken.IsCancellationRequested; attempts++)
        {
            var problem = await TryRegisterAsync(coordinator, url, stoppingToken).ConfigureAwait(false);
            if (problem is null)
            {
                host.IsRegistered = true;
                ParticipantLogMessages.Registered(logger, options.Name, coordinator, url);
                return;
            }

            var wait = Between.After(attempts, random);
            ParticipantLogMessages.RegistrationFailed(logger, options.Name, coordinator, attempts, wait, problem);
            await Task.Delay(wait, time, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>The server's addresses are known when the host has started.</summary>
    private async Task<bool> StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult).ConfigureAwait(false);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stopping = stoppingToken.Register(stopped.SetResult).ConfigureAwait(false);
        return await Task.WhenAny(started.Task, stopped.Task).ConfigureAwait(false) == started.Task;
    }

    /// <returns>Null, or what went wrong.</returns>
    private async Task<string?> TryRegisterAsync(Uri coordinator, string url, CancellationToken stoppingToken)
    {
        using var http = factory.CreateClient(CoordinatorHttpClients.Name);
        using var request = new HttpRequestMessage(HttpMethod.Put, CoordinatorHttpClients.Combine(coordinator, "v1/participants/" + options.Name))
        {
            Content = JsonContent.Create(
                new ParticipantRequest { Url = url, OnePhase = options.OnePhase, Inquires = true }, ContractJson.Default.ParticipantRequest),
        };
        switch (await Attempt.MakeAsync(http, request, options.CoordinatorTimeout, time, stoppingToken).ConfigureAwait(false))
        {
            case Attempt.Answered { Response: { IsSuccessStatusCode: true } response }:
                response.Dispose();
                return null;
            case Attempt.Answered { Response: var refusal }:
                using (refusal)
                {
                    return (await Problem.ReadAsync(refusal, stoppingToken).ConfigureAwait(false)).Text;
                }

            case Attempt.Overloaded overloaded:
                return overloaded.Problem.Text;
            case Attempt.NotSent notSent:
                return notSent.Text;
            case Attempt.Lost lost:
                return lost.Text;
            default:
                throw new InvalidOperationException("an attempt ends in one of four ways");
        }
    }

    private string PublicUrl()
    {
        if (options.PublicUrl is { } configured)
        {
            return configured.AbsoluteUri.TrimEnd('/');
        }

        var addresses = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses;
        var path = parts.MappedPath ?? throw new InvalidOperationException(
            "The participant's address is not known: set PublicUrl, or map its handlers with MapConcordatParticipant.");
        foreach (var address in addresses ?? [])
        {
            if (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Host is not ("0.0.0.0" or "[::]"))
            {
                return new Uri(uri, path).AbsoluteUri.TrimEnd('/');
            }
        }

        throw new InvalidOperationException(
            $"The server of participant '{options.Name}' listens on {string.Join(", ", addresses ?? ["nothing"])}, which nobody can call: set PublicUrl.");
    }
}
