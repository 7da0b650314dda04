using System.Collections.Concurrent;

namespace Concordat.Samples.Trip.Services;

/// <summary>
/// What a service has booked, by saga: so it knows a repetition when it sees one, and what it has cancelled it does not book any more. (In memory, since only the
/// coordinator dies here. Over a database the SDK's barrier does the same in the service's own transaction: docs/saga-services.md.)
/// </summary>
internal sealed class Bookings
{
    private readonly ConcurrentDictionary<TransactionId, Booking> _bySaga = new();
    private int _last;

    public Booking? Find(TransactionId saga) => _bySaga.GetValueOrDefault(saga);

    /// <summary>The same booking, however often it is asked for; a cancelled one where the cancellation came first.</summary>
    public Booking Book(TransactionId saga) => _bySaga.GetOrAdd(saga, _ => new Booking(Interlocked.Increment(ref _last), IsCancelled: false));

    /// <summary>Also what was never booked: a call may come after its compensation.</summary>
    public void Cancel(TransactionId saga) =>
        _bySaga.AddOrUpdate(saga, static _ => new Booking(0, IsCancelled: true), static (_, booking) => booking with { IsCancelled = true });
}

internal sealed record Booking(int Number, bool IsCancelled);
