using System.Text.Json;
using System.Text.RegularExpressions;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Http;

/// <summary>What every answer must be.</summary>
internal static partial class Properties
{
    private static readonly HashSet<string> Documented = [.. Heading().Matches(ReadProblems()).Select(match => "/problems/" + match.Groups["slug"].Value)];

    /// <param name="mayBeBare">It was not HTTP through and through: the web server below may refuse it with a bare status.</param>
    public static void Check(RawAnswer answer, bool mayBeBare, bool isHead)
    {
        // 501 and 505 are the web server's own, for a version of HTTP and a transfer coding that nobody has.
        Assert.True(answer.Status is < 500 or 503 || (mayBeBare && answer is { Status: 501 or 505, Body.Length: 0 }), $"a fault of the server: {answer}");
        if (isHead)
        {
            return;
        }

        if (answer.Status >= 400)
        {
            if (mayBeBare && answer.Body.Length == 0 && answer.Status != 503)
            {
                return;
            }

            Assert.True(answer.Type == "application/problem+json", $"no problem document: {answer}");
            using var problem = JsonDocument.Parse(answer.Body);
            var root = problem.RootElement;
            Assert.Equal(answer.Status, root.GetProperty("status").GetInt32());
            Assert.Contains(root.GetProperty("type").GetString()!, Documented);
            Assert.NotEmpty(root.GetProperty("title").GetString()!);
            Assert.NotEmpty(root.GetProperty("traceId").GetString()!);
            var detail = root.GetProperty("detail").GetString()!;
            Assert.True(detail.Length is > 0 and < 2000, $"a detail of {detail.Length} characters: {answer}");
            Assert.DoesNotContain("   at ", detail, StringComparison.Ordinal);
            Assert.DoesNotContain(detail, char.IsControl);
            Assert.True(answer.Status != 503 || answer.Headers.ContainsKey("retry-after"), $"no Retry-After: {answer}");
            return;
        }

        if (answer.Type == "application/json")
        {
            JsonDocument.Parse(answer.Body).Dispose();
        }
    }

    private static string ReadProblems()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Concordat.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests do not run inside the repository");
        }

        return File.ReadAllText(Path.Combine(directory, "docs", "problems.md"));
    }

    [GeneratedRegex("^## (?<slug>[a-z-]+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Heading();
}
