using System.Buffers;
using System.IO.Pipelines;
using System.Net.Mime;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Concordat.Server.Http;

/// <summary>
/// Reads a body whole, into an array of its own: the operations in it are passed on as slices and outlive the request.
/// </summary>
internal static class RequestBody
{
    public const int MaxBytes = 4 * 1024 * 1024;

    public static async ValueTask<ReadOnlyMemory<byte>> ReadJson(HttpRequest request)
    {
        CheckContentType(request);
        return await Read(request);
    }

    /// <summary>For calls that need no body: none, or an empty JSON object.</summary>
    public static async ValueTask ReadNothing(HttpRequest request)
    {
        var body = await ReadOptional(request);
        if (body.Length > 0)
        {
            RequestJson.ParseNothing(body);
        }
    }

    /// <summary>For calls that may have a body: empty where there is none. Where it holds anything, the caller checks its type by <see cref="CheckContentType"/>.</summary>
    public static ValueTask<ReadOnlyMemory<byte>> ReadOptional(HttpRequest request) =>
        request.ContentLength is null or 0 && !request.Headers.ContainsKey(HeaderNames.TransferEncoding) ? default : Read(request);

    private static async ValueTask<ReadOnlyMemory<byte>> Read(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw TooLarge();
        }

        var pipe = request.BodyReader;
        try
        {
            while (true)
            {
                var read = await pipe.ReadAsync();
                var bytes = read.Buffer;
                if (bytes.Length > MaxBytes)
                {
                    pipe.AdvanceTo(bytes.End);
                    throw TooLarge();
                }

                if (read.IsCompleted)
                {
                    var body = bytes.ToArray();
                    pipe.AdvanceTo(bytes.End);
                    return body;
                }

                pipe.AdvanceTo(bytes.Start, bytes.End);
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge();
        }
        catch (BadHttpRequestException e)
        {
            throw ProblemTypes.UnreadableBody.With(e.Message);
        }
        catch (IOException e)
        {
            // A chunk's size of more bits than there are, or a connection that is gone.
            throw ProblemTypes.UnreadableBody.With(e.Message);
        }
    }

    private static ProblemException TooLarge() => ProblemTypes.BodyTooLarge.With($"the body is larger than {MaxBytes} bytes");

    /// <summary>
    /// A missing type is refused too: a web page can send a body without one to any address, and cannot send
    /// application/json without asking first.
    /// </summary>
    public static void CheckContentType(HttpRequest request)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
        {
            throw ProblemTypes.UnsupportedMediaType.With($"Content-Encoding {Shown.Text(encoding.ToString())} is not taken; send the body as it is");
        }

        if (string.Equals(request.ContentType, MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase))
        {
            throw ProblemTypes.UnsupportedMediaType.With(
                $"Content-Type is {(request.ContentType is { } sent ? Shown.Text(sent) : "missing")}; it must be application/json (with curl: --json, or -H 'Content-Type: application/json')");
        }

        if (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            throw ProblemTypes.UnsupportedMediaType.With($"charset {Shown.Text(type.Charset.ToString())} is not taken; JSON is UTF-8");
        }
    }
}
