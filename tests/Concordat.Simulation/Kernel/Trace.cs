namespace Concordat.Simulation;

/// <summary>
/// What happened: a hash over all of it, by which two runs of one seed are compared, and the story in words where somebody wants to read it.
/// </summary>
internal sealed class Trace(bool told)
{
    private const ulong Prime = 0x100000001B3;
    private readonly List<string> _lines = [];

    internal bool IsTold { get; } = told;

    internal ulong Hash { get; private set; } = 0xCBF29CE484222325;

    internal IReadOnlyList<string> Lines => _lines;

    internal void Mix(long what) => Hash = ((Hash ^ (ulong)what) * Prime) ^ (Hash >> 29);

    /// <summary>A line of the story.</summary>
    internal void Tell(TimeSpan at, string who, string what)
    {
        if (IsTold)
        {
            _lines.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{at.TotalSeconds,10:0.0000}  {who,-12} {what}"));
        }
    }
}
