using System.Buffers;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>Sends answers. A client that is gone is not an error: its answer is dropped.</summary>
internal static class JsonAnswers
{
    public const string TransactionHeader = "Concordat-Transaction";
    public const string Json = "application/json; charset=utf-8";

    public static Task Send<T>(HttpContext http, int status, T value, JsonTypeInfo<T> type)
    {
        var buffer = JsonBuffer.Rent();
        buffer.Write(value, type);
        return Send(http, status, Json, buffer.Written);
    }

    public static Task Send(HttpContext http, int status, TransactionDocument document)
    {
        var buffer = JsonBuffer.Rent();
        buffer.Write(document);
        return Send(http, status, Json, buffer.Written);
    }

    /// <summary>Copies before it returns: the bytes may be reused at once.</summary>
    public static Task Send(HttpContext http, int status, string contentType, ReadOnlySpan<byte> body)
    {
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (HttpMethods.IsHead(http.Request.Method))
        {
            return Task.CompletedTask;
        }

        response.BodyWriter.Write(body);
        var flush = response.BodyWriter.FlushAsync();
        return flush.IsCompletedSuccessfully ? Task.CompletedTask : flush.AsTask();
    }
}
