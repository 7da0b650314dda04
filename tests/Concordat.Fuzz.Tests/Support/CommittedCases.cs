namespace Concordat.Fuzz.Tests.Support;

/// <summary>Inputs that once broke something, or could: they stand in <c>Cases/{kind}</c> and run every time.</summary>
internal static class CommittedCases
{
    public static IEnumerable<(string Name, string Text)> Of(string kind) =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Cases", kind)).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), File.ReadAllText(file)));

    /// <summary>For a theory: the names.</summary>
    public static TheoryData<string> Names(string kind) => [.. Of(kind).Select(one => one.Name)];

    public static string Text(string kind, string name) => Of(kind).Single(one => one.Name == name).Text;
}
