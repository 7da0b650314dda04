namespace Concordat.Torture.Tests.Locks;

/// <summary>The judge of the soak, judged.</summary>
public sealed class TenureTests
{
    private static readonly TransactionId First = new(1, 2, 3), Second = new(1, 2, 4);

    private static IReadOnlyList<string> Judge(string first, string second) =>
        [.. Tenure.Conflicts([.. Tenure.In($"works\nholds {First} {first} .\nholds {Second} {second} .\nholds {Second} 1 2 key/1:Excl")])];

    [Theory]
    [InlineData("10 20 a:Exclusive:1", "20 30 a:Exclusive:2")]
    [InlineData("10 20 a:Shared:1", "15 30 a:Shared:1")]
    [InlineData("10 20 a:Exclusive:1 b:Shared:2", "15 30 b:Shared:3 c:Exclusive:4")]
    public void Who_keeps_to_the_locks_is_not_blamed(string first, string second) => Assert.Empty(Judge(first, second));

    [Theory]
    [InlineData("10 20 a:Exclusive:1", "19 30 a:Exclusive:2", "at once")]
    [InlineData("10 20 a:Shared:1", "15 16 a:Exclusive:2", "at once")]
    [InlineData("10 20 b:Shared:1 a:Exclusive:5", "20 30 a:Shared:5", "token 5")]
    public void Two_at_once_and_tokens_that_do_not_rise_are_found(string first, string second, string found) =>
        Assert.Contains(found, Assert.Single(Judge(first, second)), StringComparison.Ordinal);
}
