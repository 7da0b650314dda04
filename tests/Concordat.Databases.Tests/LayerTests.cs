namespace Concordat.Databases.Tests;

public sealed class LayerTests
{
    [Fact]
    public void It_names_no_driver_and_speaks_no_HTTP()
    {
        var names = typeof(Dialect).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).ToArray();
        Assert.Contains("System.Data.Common", names);
        Assert.All(names, name => Assert.True(
            name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Concordat.", StringComparison.Ordinal), name));
        Assert.DoesNotContain("System.Net.Http", names);
    }
}
