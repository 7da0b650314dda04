namespace Concordat.Matrix.Tests.Reporting;

/// <param name="Reached">From the call of the application until the point. Must stay well below the short deadline.</param>
/// <param name="Again">From the kill until what was killed serves again.</param>
/// <param name="Ended">From the kill until nothing was left to be done anywhere.</param>
internal sealed record CellResult(bool Committed, TimeSpan Reached, TimeSpan Again, TimeSpan Ended);
