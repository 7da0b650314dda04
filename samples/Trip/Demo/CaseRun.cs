using Concordat.Client;
using Concordat.Testing.Processes;

namespace Concordat.Samples.Trip.Demo;

/// <summary>Runs one trip to its end.</summary>
internal sealed class CaseRun(TripWorld world, Case trip)
{
    public async Task<CaseResult> RunAsync()
    {
        var saga = await world.Sagas.BeginAsync(Request());
        if (trip.Kills)
        {
            var held = trip.KillAtBooking >= 0 ? trip.KillAtBooking : trip.KillAtCancelling;
            await Until.TrueAsync($"the {TripWorld.Services[held]} is called", async () => await world.HeldAsync(held, saga.Id) > 0);
            await world.KillCoordinatorAsync();
            await world.StartCoordinatorAsync();
        }

        await Until.TrueAsync($"trip '{trip.Name}' has ended", async () => (saga = await world.Sagas.WaitAsync(saga.Id, TimeSpan.FromSeconds(5))).Outcome is not null);
        var bookings = new List<string>();
        for (var service = 0; service < TripWorld.Services.Count; service++)
        {
            bookings.Add(await world.BookingAsync(service, saga.Id));
        }

        var isAsItMust = saga.Outcome == (trip.IsWhole ? SagaOutcome.Completed : SagaOutcome.Compensated)
            && bookings.TrueForAll(booking => booking == "booked" == trip.IsWhole);
        return new CaseResult(trip.Name, saga, bookings, isAsItMust);
    }

    private SagaRequest Request()
    {
        var builder = new SagaBuilder("trip").WithTimeout(TimeSpan.FromMinutes(2));
        for (var i = 0; i < TripWorld.Services.Count; i++)
        {
            var (service, place) = (TripWorld.Services[i], i);
            builder.WithStep(service, step => step
                .Calls(service, "/book", new { refuse = trip.Refuses == place, holdFirst = trip.KillAtBooking == place })
                .UndoneBy("/cancel", new { number = ResultOf.StepOrElse<int?>(service, "/number", null), holdFirst = trip.KillAtCancelling == place })
                .CallTimeout(TimeSpan.FromMinutes(1)));
        }

        return builder.Build();
    }
}

/// <param name="Bookings">What each service has: booked, cancelled or nothing.</param>
internal sealed record CaseResult(string Name, SagaDocument Saga, IReadOnlyList<string> Bookings, bool IsAsItMust);
