using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Concordat.Client;

/// <summary>
/// A request with a transaction: what its handler does on the transaction's connections is prepared and voted for before the answer leaves, since the
/// caller may commit as soon as it has it. So the answer is held back meanwhile. An answer of 400 or more, or an exception, rolls back what was done
/// here, and nobody votes: the caller decides whether it can do without.
/// </summary>
internal sealed partial class TransactionMiddleware(RequestDelegate next, IConcordatClient client, ILogger<TransactionMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Headers.TryGetValue(ConcordatHeaders.Transaction, out var header))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        if (header.Count != 1 || !TransactionId.TryParse(header[0], out var id))
        {
            await Refuse(context, StatusCodes.Status400BadRequest, $"The header {ConcordatHeaders.Transaction} is '{header}': it is not the id of a transaction.").ConfigureAwait(false);
            return;
        }

        var transaction = client.Join(id);
        await using (transaction.ConfigureAwait(false))
        {
            using var current = transaction.MakeCurrent();
            context.Features.Set(transaction);
            await AnswerAsync(context, transaction).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(HttpContext context, ConcordatTransaction transaction)
    {
        var answer = context.Response.Body;
        var held = new FileBufferingWriteStream();
        await using (held.ConfigureAwait(false))
        {
            context.Response.Body = held;
            try
            {
                await next(context).ConfigureAwait(false);

                // What was written to the pipe and not flushed is not in the stream yet.
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            }
            finally
            {
                context.Response.Body = answer;
            }

            if (context.Response.StatusCode < StatusCodes.Status400BadRequest && !await VoteAsync(context, transaction).ConfigureAwait(false))
            {
                return;
            }

            await held.DrainBufferAsync(answer, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task<bool> VoteAsync(HttpContext context, ConcordatTransaction transaction)
    {
        try
        {
            await transaction.VoteAsync(context.RequestAborted).ConfigureAwait(false);
            return true;
        }
        catch (ConcordatException e)
        {
            NotVoted(logger, context.Request.Method, context.Request.Path, transaction.Id, e);
            await Refuse(context, e is TransactionRolledBackException or RequestRefusedException { Status: 409 } ? StatusCodes.Status409Conflict : StatusCodes.Status503ServiceUnavailable, e.Message).ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>What has begun to leave cannot be taken back; what was cut off nobody takes for a success.</summary>
    private static Task Refuse(HttpContext context, int status, string detail)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        return Results.Problem(detail, statusCode: status).ExecuteAsync(context);
    }

    [LoggerMessage(2500, LogLevel.Warning, "{Method} {Path}: what was done for transaction {Transaction} could not be prepared and voted for; the answer is an error")]
    private static partial void NotVoted(ILogger logger, string method, PathString path, TransactionId transaction, Exception e);
}
