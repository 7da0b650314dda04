using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Concordat.Client;

/// <summary>
/// What an attempt at a batch is for each of its items.
/// <list type="table">
/// <item><term>not sent, 503, or no usable answer</term><description>the same</description></item>
/// <item><term>refused as a whole before it was looked at: 400, 401, 403, 404, 405, 413, 415</term><description>to be made alone; nothing was done</description></item>
/// <item><term>another status, or an answer that is none of ours</term><description>lost</description></item>
/// <item><term>200</term><description>as the item's own status says; 202 was taken in and is to be made alone for its answer</description></item>
/// </list>
/// </summary>
internal static class BatchAttempts
{
    public static async Task<Attempt[]> OfAsync(Attempt whole, int count, TimeProvider time)
    {
        if (whole is not Attempt.Answered { Response: var response })
        {
            return Same(whole, count);
        }

        using (response)
        {
            switch ((int)response.StatusCode)
            {
                case 200:
                    return Of(await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false), count, time);
                case 400 or 401 or 403 or 404 or 405 or 413 or 415:
                    return Same(new Attempt.Alone(Before: null), count);
                case var status:
                    return Same(new Attempt.Lost($"HTTP {status} to several calls in one", null), count);
            }
        }
    }

    private static Attempt[] Of(byte[] body, int count, TimeProvider time)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var answers = document.RootElement.GetProperty("answers");
            return answers.GetArrayLength() == count
                ? [.. answers.EnumerateArray().Select(a => Of(a, time))]
                : Same(new Attempt.Lost($"{answers.GetArrayLength()} answers to {count} calls in one", null), count);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return Same(new Attempt.Lost($"no answer of ours to several calls in one: {e.Message}", e), count);
        }
    }

    /// <summary>The answer that a call of its own would have had.</summary>
    private static Attempt Of(JsonElement answer, TimeProvider time)
    {
        var status = (HttpStatusCode)answer.GetProperty("status").GetInt32();
        if (status == HttpStatusCode.Accepted)
        {
            return new Attempt.Alone(new Attempt.Lost("it was taken in among others, and not answered yet", null));
        }

        var response = new HttpResponseMessage(status);
        if (answer.TryGetProperty("document", out var document))
        {
            response.Content = Content(document, MediaTypeNames.Application.Json);
        }
        else if (answer.TryGetProperty("problem", out var problem))
        {
            response.Content = Content(problem, MediaTypeNames.Application.ProblemJson);
        }

        if (answer.TryGetProperty("retryAfterSeconds", out var seconds) && seconds.TryGetInt32(out var wait) && wait >= 0)
        {
            response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(wait));
        }

        return Attempt.Of(response, time);
    }

    private static ByteArrayContent Content(JsonElement of, string type) =>
        new(JsonMarshal.GetRawUtf8Value(of).ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    private static Attempt[] Same(Attempt attempt, int count)
    {
        var all = new Attempt[count];
        Array.Fill(all, attempt);
        return all;
    }
}
