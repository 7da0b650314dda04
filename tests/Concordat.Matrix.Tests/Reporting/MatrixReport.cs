using System.Collections.Concurrent;
using System.Diagnostics;

namespace Concordat.Matrix.Tests.Reporting;

/// <summary>Shows the matrix when the run is over, and writes it into the documentation where that is asked for and every cell was run.</summary>
public sealed class MatrixReport : IDisposable
{
    private readonly ConcurrentDictionary<Cell, CellResult> _results = new();
    private readonly long _since = Stopwatch.GetTimestamp();

    internal void Add(Cell cell, CellResult result) => _results[cell] = result;

    public void Dispose()
    {
        if (_results.IsEmpty)
        {
            return;
        }

        var took = Stopwatch.GetElapsedTime(_since);
        Console.WriteLine($"{_results.Count} of {Cell.All.Count()} cells in {took.TotalSeconds:0} s; a point was reached within {_results.Values.Max(r => r.Reached).TotalSeconds:0.0} s");
        Console.WriteLine(MatrixTable.Outcomes(cell => _results.TryGetValue(cell, out var result) ? result.Committed : null));
        Console.WriteLine(MatrixTable.Times(_results));
        if (MatrixDocument.IsRewritten && _results.Count == Cell.All.Count())
        {
            MatrixDocument.Write(_results, took);
        }
    }
}
