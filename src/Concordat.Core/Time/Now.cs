namespace Concordat.Core;

/// <summary>A point of the wall clock in whole milliseconds since 1970, the resolution of the wire.</summary>
public readonly record struct Timestamp(long UnixMilliseconds) : IComparable<Timestamp>
{
    public static readonly Timestamp Zero;

    /// <summary>The end of the calendar.</summary>
    public static readonly Timestamp Last = From(DateTimeOffset.MaxValue);

    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);

    public static Timestamp From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    public int CompareTo(Timestamp other) => UnixMilliseconds.CompareTo(other.UnixMilliseconds);

    public static Timestamp operator +(Timestamp time, TimeSpan span) => new(time.UnixMilliseconds + (long)span.TotalMilliseconds);
    public static TimeSpan operator -(Timestamp left, Timestamp right) => TimeSpan.FromMilliseconds(left.UnixMilliseconds - right.UnixMilliseconds);
    public static bool operator <(Timestamp left, Timestamp right) => left.UnixMilliseconds < right.UnixMilliseconds;
    public static bool operator >(Timestamp left, Timestamp right) => left.UnixMilliseconds > right.UnixMilliseconds;
    public static bool operator <=(Timestamp left, Timestamp right) => left.UnixMilliseconds <= right.UnixMilliseconds;
    public static bool operator >=(Timestamp left, Timestamp right) => left.UnixMilliseconds >= right.UnixMilliseconds;

    public static Timestamp Min(Timestamp left, Timestamp right) => left < right ? left : right;
    public static Timestamp Max(Timestamp left, Timestamp right) => left > right ? left : right;

    public override string ToString() => ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
}

/// <summary>The time of a step, read once at the edge.</summary>
/// <param name="Monotonic">Since any fixed point; never goes back. Deadlines and backoff run on it.</param>
/// <param name="Wall">For people and records; may jump.</param>
public readonly record struct Now(TimeSpan Monotonic, Timestamp Wall);
