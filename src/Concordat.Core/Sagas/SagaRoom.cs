using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>
/// Room in the log. A saga is accepted only if it can certainly be ended: the start, end and undoing of every step have their room. Words and results have none:
/// where the log is full, a message is not recorded, and a step whose result does not fit is taken to have failed.
/// </summary>
internal static class SagaRoom
{
    /// <summary>The longest message, in characters; what is longer is cut.</summary>
    private const int MaxMessageLength = 200;

    /// <summary>The fields of a record without words: version, time, id, numbers, the id of a transaction.</summary>
    private const int ForRecord = 56;

    /// <summary>What a checkpoint adds to a record.</summary>
    private const int RememberedBytes = 16;

    /// <summary>Three records of each step; turning, a person's word and the end. Each twice: in the log, and in the checkpoint that comes to repeat it.</summary>
    internal static int ForSaga(CoordinatorState s, int steps) => 2 * ((3 * steps) + 3) * (ForRecord + s.Options.RecordOverheadBytes);

    /// <summary>Whether it can be recorded; the number of bytes that its begin takes.</summary>
    internal static bool Fits(CoordinatorState s, SagaBegun begun, out int bytes)
    {
        s.ImageWriter.Clear();
        RecordCodec.Write(begun, s.ImageWriter);
        bytes = s.ImageWriter.Written.Length;
        return bytes + RememberedBytes <= s.Options.MaxRecordBytes;
    }

    /// <summary>What the record takes in a checkpoint.</summary>
    internal static int InCheckpoint(CoordinatorState s, SagaRecord record)
    {
        s.ImageWriter.Clear();
        RecordCodec.Write(record, s.ImageWriter);
        return InCheckpoint(s, s.ImageWriter.Written.Length);
    }

    internal static int InCheckpoint(CoordinatorState s, int bytes) => bytes + RememberedBytes + s.Options.RecordOverheadBytes;

    internal static void Reserve(CoordinatorState s, Saga saga)
    {
        saga.ReservedBytes = ForSaga(s, saga.Steps.Length);
        s.ReservedBytes += saga.ReservedBytes;
    }

    internal static void Release(CoordinatorState s, Saga saga)
    {
        s.ReservedBytes -= saga.ReservedBytes;
        saga.ReservedBytes = 0;
    }

    internal static string? Message(CoordinatorState s, string? message) =>
        message is null || !Room.Fits(s, MaxMessageLength * 3) ? null
        : message.Length > MaxMessageLength ? message[..(MaxMessageLength - 1)] + "…"
        : message;
}
