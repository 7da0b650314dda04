using Concordat.Core;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>Answers that are a transaction, or a part of one.</summary>
internal static class Answers
{
    public static int StatusOf(Answered how) => how switch
    {
        Answered.Ok => StatusCodes.Status200OK,
        Answered.Created => StatusCodes.Status201Created,
        Answered.Accepted => StatusCodes.Status202Accepted,
        _ => throw new ArgumentOutOfRangeException(nameof(how), how, "no status stands for it"),
    };

    public static Task Transaction(HttpContext http, Response response)
    {
        var answer = (TransactionResponse)response;
        var id = answer.Document.Id.ToString();
        http.Response.Headers[JsonAnswers.TransactionHeader] = id;
        if (answer.How != Answered.Ok)
        {
            http.Response.Headers.Location = $"{http.Request.PathBase}{TransactionEndpoints.Path}/{id}";
        }

        return JsonAnswers.Send(http, StatusOf(answer.How), answer.Document);
    }
}
