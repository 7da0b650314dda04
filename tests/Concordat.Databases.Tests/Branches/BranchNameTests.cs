using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Branches;

public sealed class BranchNameTests
{
    private const string Id = "01234567-89ab-8cde-8012-3456789abcde";

    [Theory]
    [InlineData("orders")]
    [InlineData("12345")] // Npgsql: the process id of the session.
    [InlineData("a.b-c_D9")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void What_is_written_is_read(string branch)
    {
        var name = new BranchName(TransactionId.Parse(Id), branch);
        Assert.Equal($"{Id}/{branch}", name.ToString());
        Assert.True(BranchName.TryParse(name.ToString(), out var read));
        Assert.Equal(name, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(Id)]
    [InlineData(Id + "/")]
    [InlineData(Id + "//x")]
    [InlineData(Id + "/x/y")]
    [InlineData(Id + "/x'y")]
    [InlineData(Id + "/x y")]
    [InlineData(Id + "/-x")]
    [InlineData(" " + Id + "/x")]
    [InlineData("01234567-89AB-8cde-8012-3456789abcde/x")] // Another name to the database.
    [InlineData("01234567-89ab-4cde-8012-3456789abcde/x")] // A random UUID, not one of ours.
    [InlineData("00000000-0000-0000-0000-000000000000/1")] // Npgsql in a scope that nobody has joined.
    [InlineData(Id + "/01234567890123456789012345678901234567890123456789012345678901234")]
    [InlineData("something else")]
    public void What_has_another_form_is_foreign(string? text) => Assert.False(BranchName.TryParse(text, out _));

    [Fact]
    public void A_branch_without_a_proper_id_has_no_name() =>
        Assert.Throws<ArgumentException>(() => new BranchName(TransactionId.Parse(Id), "it's"));
}
