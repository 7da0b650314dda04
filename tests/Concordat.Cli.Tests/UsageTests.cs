using Concordat.Cli.Output;
using Concordat.Cli.Tests.Support;

namespace Concordat.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData]
    [InlineData("tx")]
    [InlineData("log")]
    public async Task A_group_alone_explains_itself_and_is_exit_code_2(params string[] arguments)
    {
        var run = await CommandRun.OfAsync(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Usage:", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("tx", "get")]
    [InlineData("tx", "get", "no-id")]
    [InlineData("tx", "list", "--state", "sleeping")]
    [InlineData("tx", "list", "--limit", "0")]
    [InlineData("tx", "list", "--label", "order")]
    [InlineData("tx", "list", "-o", "yaml")]
    [InlineData("tx", "list", "--server", "ftp://x")]
    [InlineData("tx", "resolve", "00000000-0000-8000-8000-000000000001", "1", "--as", "committed", "--who", "me")]
    [InlineData("tx", "wait", "00000000-0000-8000-8000-000000000001", "--timeout", "-1")]
    [InlineData("log", "inspect")]
    [InlineData("serve", "--drain-seconds", "-1")]
    public async Task Wrong_usage_is_exit_code_2_and_says_what_is_wrong(params string[] arguments)
    {
        var run = await CommandRun.OfAsync(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("concordat: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData("tx", "list")]
    [InlineData("log", "inspect")]
    [InlineData("check")]
    [InlineData("serve")]
    public async Task Help_ends_with_examples(params string[] arguments)
    {
        var run = await CommandRun.OfAsync([.. arguments, "--help"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Examples:", run.Out, StringComparison.Ordinal);
        Assert.Contains("concordat " + string.Join(' ', arguments), run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_told()
    {
        var run = await CommandRun.OfAsync("--version");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", run.Out);
    }

    [Theory]
    [InlineData("log", "inspect", "--data")]
    [InlineData("check", "--data")]
    public async Task A_directory_that_is_not_there_is_exit_code_3_and_is_named(params string[] arguments)
    {
        var run = await CommandRun.OfAsync([.. arguments, "/no/such/directory"]);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("/no/such/directory", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_beyond_loopback_without_authentication_says_what_to_configure()
    {
        var run = await CommandRun.OfAsync("serve", "--urls", "http://0.0.0.0:0", "--data", "/no/such/directory");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--allow-unauthenticated", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/no/such/directory"));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("", false)]
    public void NO_COLOR_is_respected(string value, bool isPlain) =>
        Assert.Equal(!isPlain, new Terminal(TextWriter.Null, TextWriter.Null, 80, name => name == "NO_COLOR" ? value : null).HasColor);

    [Fact]
    public void Control_characters_from_elsewhere_are_shown_and_not_sent() => Assert.Equal("a\\u001b[2Jb", Tables.Printable("a\x1b[2Jb"));
}
