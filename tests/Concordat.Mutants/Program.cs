using System.Diagnostics;
using System.Globalization;
using Concordat.Mutants;

if (args is not [var first, var count, var limit]
    || !ulong.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
    || !ulong.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var seeds)
    || !double.TryParse(limit, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
{
    Console.Error.WriteLine("usage: Concordat.Mutants <from> <seeds> <seconds>   runs seeds until one breaks an invariant; exit code 1 where one does");
    return 2;
}

var clock = Stopwatch.StartNew();
var hunt = new Hunt(from, seeds, TimeSpan.FromSeconds(seconds));
var kill = hunt.Run();
Console.WriteLine(kill is null
    ? string.Create(CultureInfo.InvariantCulture, $"survived {hunt.Ran} seeds in {clock.Elapsed.TotalSeconds:0.0} s")
    : string.Create(CultureInfo.InvariantCulture, $"seed {kill.Seed}: {kill.Invariant}: {kill.Text.Split('\n')[0].Trim()} ({clock.Elapsed.TotalSeconds:0.0} s)"));
return kill is null ? 0 : 1;
