namespace Concordat.Matrix.Tests.Reporting;

/// <param name="Again">From the kill until what was killed serves again.</param>
/// <param name="Ended">From the kill until nothing was left to be done anywhere.</param>
internal sealed record CellResult(bool Committed, TimeSpan Again, TimeSpan Ended);
