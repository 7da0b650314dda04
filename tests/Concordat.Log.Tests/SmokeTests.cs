namespace Concordat.Log.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void The_house_stands() => Assert.Equal("Concordat.Log.Tests", typeof(SmokeTests).Assembly.GetName().Name);
}
