using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Concordat.Core.Participation;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Participants;

/// <summary>
/// <c>GET /v1/transactions/{id}/outcome?branch=</c> at the coordinator that is configured. Only where none is, the address that came
/// with the branch is asked: an address out of a request is not called where there is a better one.
/// </summary>
internal sealed class HttpInquirer(IHttpClientFactory factory, ParticipantOptions options, TimeProvider time, ILogger logger) : IInquirer
{
    public async Task<InquiryResult> AskAsync(BranchKey key, string? inquiryUrl, int attempt, CancellationToken cancellationToken)
    {
        var (result, problem) = await TryAskAsync(key, inquiryUrl, cancellationToken).ConfigureAwait(false);
        ParticipantLogMessages.Inquired(logger, key, result, attempt, problem.Length == 0 ? "" : ": " + problem);
        return result;
    }

    private async Task<(InquiryResult Result, string Problem)> TryAskAsync(BranchKey key, string? inquiryUrl, CancellationToken cancellationToken)
    {
        if (AddressOf(key, inquiryUrl) is not { } address)
        {
            return (InquiryResult.Unreachable, "no coordinator is configured, and the branch came without an inquiry address");
        }

        try
        {
            using var http = factory.CreateClient(CoordinatorHttpClients.Name);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            var attempt = await Attempt.MakeAsync(http, request, options.CoordinatorTimeout, time, cancellationToken).ConfigureAwait(false);
            if (attempt is not Attempt.Answered answered)
            {
                return (InquiryResult.Unreachable, attempt.ToString());
            }

            using var response = answered.Response;
            return await UnderstandAsync(response, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return (InquiryResult.Unreachable, "the participant stops");
        }
#pragma warning disable CA1031 // Every inquiry comes back with a result: the branch is in doubt until one of them is an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return (InquiryResult.Unreachable, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private static async Task<(InquiryResult Result, string Problem)> UnderstandAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                try
                {
                    var answer = await response.Content.ReadFromJsonAsync(ContractJson.Default.InquiryAnswer, cancellationToken).ConfigureAwait(false);
                    return answer?.Outcome switch
                    {
                        InquiryOutcome.Committed => (InquiryResult.Committed, ""),
                        InquiryOutcome.Aborted => (InquiryResult.Aborted, ""),
                        InquiryOutcome.Pending => (InquiryResult.Pending, ""),
                        var other => (InquiryResult.Unreachable, $"outcome '{other}'"),
                    };
                }
                catch (JsonException e)
                {
                    return (InquiryResult.Unreachable, "not an outcome: " + e.Message);
                }

            case HttpStatusCode.Conflict:
                return (InquiryResult.LogBehind, (await Problem.ReadAsync(response, cancellationToken).ConfigureAwait(false)).Text);
            case HttpStatusCode.NotFound:
                return (InquiryResult.NotOurs, (await Problem.ReadAsync(response, cancellationToken).ConfigureAwait(false)).Text);
            default:
                return (InquiryResult.Unreachable, (await Problem.ReadAsync(response, cancellationToken).ConfigureAwait(false)).Text);
        }
    }

    private Uri? AddressOf(BranchKey key, string? inquiryUrl)
    {
        if (options.Coordinator is { } coordinator)
        {
            return CoordinatorHttpClients.Combine(coordinator, $"v1/transactions/{key.Transaction}/outcome?branch={Uri.EscapeDataString(key.Branch)}");
        }

        return Uri.TryCreate(inquiryUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null;
    }
}
