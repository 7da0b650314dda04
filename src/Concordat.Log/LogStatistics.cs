namespace Concordat.Log;

/// <summary>Counts since the log was opened (sizes and segments: as of now).</summary>
/// <param name="AppendedBytes">Bytes of frames appended, headers and padding included.</param>
/// <param name="AppendedRecords">Records appended; marks are not records.</param>
/// <param name="Writes">Writes to segments.</param>
/// <param name="Syncs">Flushes that forced something.</param>
/// <param name="Segments">Segments that hold frames.</param>
/// <param name="SpareSegments">Preallocated segments that wait.</param>
/// <param name="SizeOnDiskBytes">All segment files together.</param>
/// <param name="LastSyncSeconds">How long the last sync took.</param>
public sealed record LogStatistics(
    long AppendedBytes,
    long AppendedRecords,
    long Writes,
    long Syncs,
    int Segments,
    int SpareSegments,
    long SizeOnDiskBytes,
    double LastSyncSeconds);
