namespace Concordat.Samples.Trip.Demo;

/// <summary>A trip, and what happens to it. Services by their place in <see cref="TripWorld.Services"/>; -1: none.</summary>
/// <param name="Refuses">The service that has nothing free.</param>
/// <param name="KillAtBooking">The coordinator is killed while this service is called to book; it has booked, and its answer is lost.</param>
/// <param name="KillAtCancelling">The same, while it is called to cancel.</param>
internal sealed record Case(string Name, int Refuses = -1, int KillAtBooking = -1, int KillAtCancelling = -1)
{
    public static IReadOnlyList<Case> All { get; } =
    [
        new("all goes well"),
        .. TripWorld.Services.Select((service, i) => new Case($"no {service}", Refuses: i)),
        .. TripWorld.Services.Select((service, i) => new Case($"killed at {service}", KillAtBooking: i)),
        .. TripWorld.Services.Take(2).Select((service, i) => new Case($"no car; killed undoing {service}", Refuses: 2, KillAtCancelling: i)),
    ];

    public bool IsWhole => Refuses < 0;

    public bool Kills => KillAtBooking >= 0 || KillAtCancelling >= 0;
}
