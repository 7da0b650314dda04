namespace Concordat.Log;

/// <summary>
/// Receives every record of the durable prefix in order while a log is opened. <paramref name="position"/> is where the record's frame
/// begins. Records arrive before the whole log has been judged: when Open throws afterwards, what was replayed is void.
/// </summary>
public delegate void LogReplay(LogPosition position, byte type, ReadOnlySpan<byte> payload);
