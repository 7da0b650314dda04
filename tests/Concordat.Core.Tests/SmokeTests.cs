namespace Concordat.Core.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void The_house_stands() => Assert.Equal("Concordat.Core.Tests", typeof(SmokeTests).Assembly.GetName().Name);
}
