using System.Collections.Concurrent;
using Concordat.Client.Sagas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Concordat.Samples.Trip.Services;

/// <summary>An airline, a hotel or a car rental: a step that books, and one that cancels.</summary>
internal static class TripService
{
    public static async Task RunAsync(string[] args)
    {
        var bookings = new Bookings();
        var holds = new Holds();
        await using var app = WebApplication.CreateBuilder(args).Build();
        app.MapSagaStep<BookRequest>("/book", async (call, request) =>
        {
            if (request.Refuse)
            {
                return StepResult.Refused("nothing is free");
            }

            var booking = bookings.Book(call.Saga);
            await holds.HoldAsync(call, request.HoldFirst);
            return booking.IsCancelled ? StepResult.Refused("it was cancelled") : StepResult.Done(new { booking.Number });
        });
        app.MapSagaCompensation<CancelRequest>("/cancel", async (call, request) =>
        {
            bookings.Cancel(call.Saga);
            await holds.HoldAsync(call, request.HoldFirst);
        });

        // For the demonstration.
        app.MapGet("/bookings/{saga}", (string saga) => bookings.Find(TransactionId.Parse(saga)) is { } booking ? Results.Ok(booking) : Results.NotFound());
        app.MapGet("/held/{saga}", (string saga) => holds.Calls(TransactionId.Parse(saga)));
        await app.RunAsync();
    }
}

/// <param name="Refuse">There is nothing free.</param>
/// <param name="HoldFirst">For the demonstration: the first such call is done, and gets no answer.</param>
internal sealed record BookRequest(bool Refuse, bool HoldFirst);

/// <param name="Number">Of the booking; null where the answer to it was lost.</param>
internal sealed record CancelRequest(int? Number, bool HoldFirst);

/// <summary>Calls that are done and get no answer until their caller is gone.</summary>
internal sealed class Holds
{
    private readonly ConcurrentDictionary<string, TransactionId> _keys = new(StringComparer.Ordinal);

    public int Calls(TransactionId saga) => _keys.Values.Count(held => held == saga);

    public Task HoldAsync(SagaStepCall call, bool hold) =>
        hold && _keys.TryAdd(call.IdempotencyKey, call.Saga) ? Task.Delay(Timeout.Infinite, call.Cancellation) : Task.CompletedTask;
}
