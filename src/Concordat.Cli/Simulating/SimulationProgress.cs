using System.Globalization;
using Concordat.Cli.Output;
using Concordat.Simulation;

namespace Concordat.Cli.Simulating;

/// <summary>How far it is, and what broke, as soon as it did: a bar that is drawn over itself on a screen, a line now and then elsewhere. On stderr.</summary>
internal sealed class SimulationProgress(Terminal terminal, SeedRuns runs, long count) : IDisposable
{
    private const int BarWidth = 30;
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(30);
    private TimeSpan _nextLine = LineEvery;
    private int _shown;

    internal void Show()
    {
        ShowFailures();
        if (terminal.Width is not null)
        {
            terminal.Error.Write("\r" + Line());
        }
        else if (runs.Elapsed >= _nextLine)
        {
            _nextLine += LineEvery;
            terminal.Error.WriteLine(Line());
        }
    }

    public void Dispose()
    {
        ShowFailures();
        if (terminal.Width is not null)
        {
            terminal.Error.WriteLine("\r" + Line());
        }
    }

    private void ShowFailures()
    {
        foreach (var (seed, broken) in runs.Failures.Skip(_shown))
        {
            _shown++;
            terminal.Error.WriteLine($"{(terminal.Width is null ? "" : "\r")}seed {seed}: {broken}");
        }
    }

    private string Line()
    {
        var done = (double)runs.Seeds / count;
        var bar = new string('█', (int)(done * BarWidth)).PadRight(BarWidth, '░');
        var seconds = Math.Max(runs.Elapsed.TotalSeconds, 0.001);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{bar} {done:0%}  {runs.Seeds:N0} seeds, {runs.Seeds / seconds:N0} seeds/s, {runs.Events / seconds:N0} events/s, {runs.Failures.Count} broken");
    }
}
