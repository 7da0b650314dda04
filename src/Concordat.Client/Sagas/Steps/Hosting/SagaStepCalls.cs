using System.Globalization;
using Concordat.Client.Participants;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Concordat.Client.Sagas;

/// <summary>From the coordinator's request to the call of a step. Headers that are not known are ignored, everything else is checked.</summary>
internal static class SagaStepCalls
{
    // The coordinator takes bodies of 64 KiB; the results that it puts into their places make them longer.
    private const int MaxBodyBytes = 4 * 1024 * 1024;

    /// <exception cref="BadCallException">It is none of the contract.</exception>
    public static SagaStepCall Read(HttpContext context, SagaCallKind kind)
    {
        var saga = Required(context, SagaStepHeaders.Saga);
        if (!TryParse(saga, out var id))
        {
            throw Malformed($"{SagaStepHeaders.Saga} is no saga's id");
        }

        var step = Required(context, SagaStepHeaders.Step);
        if (!Names.IsParticipantName(step))
        {
            throw Malformed($"{SagaStepHeaders.Step} is no step's name: it must match [A-Za-z0-9][A-Za-z0-9._-]{{0,127}}");
        }

        var call = Required(context, SagaStepHeaders.Call);
        var expected = kind == SagaCallKind.Action ? SagaStepHeaders.Action : SagaStepHeaders.Compensation;
        if (call is not (SagaStepHeaders.Action or SagaStepHeaders.Compensation))
        {
            throw Malformed($"{SagaStepHeaders.Call} is neither '{SagaStepHeaders.Action}' nor '{SagaStepHeaders.Compensation}'");
        }

        if (call != expected)
        {
            throw Malformed($"{SagaStepHeaders.Call} is '{call}', and this path is of the step's {expected}");
        }

        if (!int.TryParse(Required(context, SagaStepHeaders.Attempt), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) || attempt < 1)
        {
            throw Malformed($"{SagaStepHeaders.Attempt} is no number from 1 on");
        }

        var key = $"{saga}/{step}/{call}";
        if (Required(context, ConcordatHeaders.IdempotencyKey) != key)
        {
            throw Malformed($"{ConcordatHeaders.IdempotencyKey} is not '{key}'");
        }

        return new SagaStepCall
        {
            Saga = id, Step = step, Kind = kind, Attempt = attempt, IdempotencyKey = key,
            Services = context.RequestServices, Cancellation = context.RequestAborted,
        };
    }

    /// <summary>The whole body, before anything is begun: who sends it slowly holds up nobody.</summary>
    /// <exception cref="BadCallException">It is too large, or did not come as HTTP has it.</exception>
    /// <exception cref="IOException">It did not come whole, or not in time: a repetition may.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodyBytes;
        }

        try
        {
            var reader = context.Request.BodyReader;
            while (true)
            {
                var read = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
                if (read.Buffer.Length > MaxBodyBytes)
                {
                    throw TooLarge();
                }

                if (read.IsCompleted)
                {
                    var body = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
                    reader.AdvanceTo(read.Buffer.End);
                    return body;
                }

                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge();
        }
        catch (BadHttpRequestException e) when (e.StatusCode != StatusCodes.Status408RequestTimeout)
        {
            throw Malformed(e.Message);
        }
    }

    /// <summary>With and without hyphens.</summary>
    private static bool TryParse(string text, out TransactionId id) =>
        TransactionId.TryParse(text, out id)
        || text.Length == 32 && TransactionId.TryParse($"{text[..8]}-{text[8..12]}-{text[12..16]}-{text[16..20]}-{text[20..]}", out id);

    private static string Required(HttpContext context, string header) => context.Request.Headers[header] switch
    {
        { Count: 0 } => throw Malformed($"{header} is missing: this path is called by a coordinator, for a step of a saga"),
        { Count: 1 } values when values[0] is { Length: > 0 } value => value,
        _ => throw Malformed($"{header} is empty, or there several times"),
    };

    private static BadCallException TooLarge() =>
        new(StatusCodes.Status413PayloadTooLarge, "too-large", $"the body has more than {MaxBodyBytes} bytes");

    internal static BadCallException Malformed(string what) => new(StatusCodes.Status400BadRequest, "malformed", what);
}
