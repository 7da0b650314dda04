namespace Concordat.Testing.Databases;

/// <summary>What a test cannot have here. It is then skipped and says why; in CI, where every server is installed, that is a failure.</summary>
internal static class NotRun
{
    internal static Exception Because(string reason)
    {
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Assert.Fail($"in CI nothing may be skipped, but: {reason}");
        }

        Assert.Skip($"not run: {reason}");
        throw new InvalidOperationException(reason);
    }
}
