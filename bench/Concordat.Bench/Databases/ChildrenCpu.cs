using System.Globalization;

namespace Concordat.Bench.Databases;

/// <summary>What the processes that this one has started have used of the processors so far, from <c>/proc</c>.</summary>
internal static class ChildrenCpu
{
    private const double TicksPerSecond = 100;
    private const int Parent = 1, FirstOfTimes = 11, Times = 4;

    public static (TimeSpan Coordinator, TimeSpan Databases) Read()
    {
        var all = new Dictionary<int, (string Name, int Parent, double Ticks)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && Stat(folder) is { } stat)
            {
                all[id] = stat;
            }
        }

        var (coordinator, databases) = (0.0, 0.0);
        foreach (var process in all.Values.Where(p => IsOurs(p.Parent)))
        {
            coordinator += process.Name == "dotnet" ? process.Ticks : 0;
            databases += process.Name == "postgres" ? process.Ticks : 0;
        }

        return (TimeSpan.FromSeconds(coordinator / TicksPerSecond), TimeSpan.FromSeconds(databases / TicksPerSecond));

        bool IsOurs(int parent) => parent == Environment.ProcessId || (all.TryGetValue(parent, out var of) && IsOurs(of.Parent));
    }

    /// <summary>Null for one that has ended. The times are in user and kernel, its own and its ended children's.</summary>
    private static (string Name, int Parent, double Ticks)? Stat(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var end = text.LastIndexOf(')');
            var fields = text[(end + 2)..].Split(' ');
            return (text[(text.IndexOf('(', StringComparison.Ordinal) + 1)..end], int.Parse(fields[Parent], CultureInfo.InvariantCulture),
                fields.Skip(FirstOfTimes).Take(Times).Sum(f => double.Parse(f, CultureInfo.InvariantCulture)));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
