using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Concordat.Core;
using Concordat.Server.Engine;
using Concordat.Server.Http;

namespace Concordat.Server.Tests.Http;

public sealed partial class ProblemTableTests
{
    public static TheoryData<ProblemKind, int, string> Kinds => new()
    {
        { ProblemKind.UnknownTransaction, 404, "unknown-transaction" },
        { ProblemKind.Forgotten, 410, "forgotten" },
        { ProblemKind.LogBehind, 409, "log-behind" },
        { ProblemKind.UnknownBranch, 404, "unknown-branch" },
        { ProblemKind.UnknownParticipant, 400, "unknown-participant" },
        { ProblemKind.NoSuchParticipant, 404, "no-such-participant" },
        { ProblemKind.ParticipantInUse, 409, "participant-in-use" },
        { ProblemKind.WrongKind, 409, "wrong-kind" },
        { ProblemKind.OtherDatabase, 409, "other-database" },
        { ProblemKind.StaleSweep, 409, "stale-sweep" },
        { ProblemKind.NotActive, 409, "not-active" },
        { ProblemKind.AlreadyAborted, 409, "already-aborted" },
        { ProblemKind.AlreadyCommitted, 409, "already-committed" },
        { ProblemKind.BranchIdTaken, 409, "branch-id-taken" },
        { ProblemKind.TooManyBranches, 400, "too-many-branches" },
        { ProblemKind.NotTheOnlyBranch, 409, "not-the-only-branch" },
        { ProblemKind.TooManyParticipants, 503, "too-many-participants" },
        { ProblemKind.IdempotencyKeyReused, 422, "idempotency-key-reused" },
        { ProblemKind.NotDecided, 409, "not-decided" },
        { ProblemKind.BranchEnded, 409, "branch-ended" },
        { ProblemKind.BadCursor, 400, "bad-cursor" },
        { ProblemKind.Overloaded, 503, "overloaded" },
        { ProblemKind.ParticipantBacklog, 503, "participant-backlog" },
        { ProblemKind.IdempotencyKeysFull, 503, "idempotency-keys-full" },
        { ProblemKind.LogFull, 503, "log-full" },
        { ProblemKind.LockTimeout, 409, "lock-timeout" },
        { ProblemKind.Deadlock, 409, "deadlock" },
        { ProblemKind.TooManyLocks, 400, "too-many-locks" },
        { ProblemKind.UnknownSaga, 404, "unknown-saga" },
        { ProblemKind.UnknownStep, 404, "unknown-step" },
        { ProblemKind.AlreadyCompleted, 409, "already-completed" },
        { ProblemKind.NothingToRetry, 409, "nothing-to-retry" },
        { ProblemKind.NothingToResolve, 409, "nothing-to-resolve" },
        { ProblemKind.NothingToResume, 409, "nothing-to-resume" },
        { ProblemKind.SagaTooLarge, 413, "saga-too-large" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_refusal_of_the_coordinator_becomes_its_problem_document(ProblemKind kind, int status, string slug)
    {
        await using var server = await TestServer.Start();
        server.Engine.Answer(new ProblemResponse(kind, "of 'this' thing"));
        using var response = await server.Get($"/v1/transactions/{Documents.Id}");
        var problem = await Problem.Of(response);
        Assert.Equal($"/problems/{slug}", problem.Type);
        Assert.Equal(status, problem.Status);
        Assert.Equal("of 'this' thing", problem.Detail);
        Assert.Equal(status == 503, response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [Fact]
    public void Every_kind_of_refusal_has_its_row() =>
        Assert.Equal(Enum.GetValues<ProblemKind>().Order(), Kinds.Select(row => row.Data.Item1).Order());

    [Theory]
    [InlineData(EngineState.Recovering, "recovering")]
    [InlineData(EngineState.Ready, "overloaded")]
    [InlineData(EngineState.Draining, "draining")]
    [InlineData(EngineState.Stopped, "draining")]
    public async Task An_engine_that_takes_nothing_in_is_a_503_with_a_time_to_wait(EngineState state, string slug)
    {
        await using var server = await TestServer.Start();
        server.Engine.OnAsk = _ => throw new EngineUnavailableException(state, "because");
        using var response = await server.Post("/v1/transactions", "{}");
        var problem = await Problem.Of(response);
        Assert.Equal((503, $"/problems/{slug}", "because"), (problem.Status, problem.Type, problem.Detail));
        Assert.True(response.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_fault_is_a_500_that_shows_nothing_of_the_inside()
    {
        await using var server = await TestServer.Start();
        server.Engine.OnAsk = _ => throw new InvalidOperationException("a secret path /var/lib");
        using var response = await server.Get("/v1/participants");
        var problem = await Problem.Of(response);
        Assert.Equal((500, "/problems/internal"), (problem.Status, problem.Type));
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_lists_every_problem_once()
    {
        var declared = typeof(ProblemTypes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.FieldType == typeof(ProblemType)).Select(field => (ProblemType)field.GetValue(null)!).ToList();
        Assert.Equal(declared.Select(type => type.Slug).Order(StringComparer.Ordinal), ProblemTypes.All.Select(type => type.Slug).Order(StringComparer.Ordinal));
        Assert.Equal(declared.Count, declared.Select(type => type.Slug).Distinct(StringComparer.Ordinal).Count());
        Assert.All(declared, type => Assert.Equal(type.Status == 503, type.RetryAfterSeconds > 0));
    }

    [Fact]
    public void The_documentation_has_a_section_for_exactly_the_problems_that_there_are()
    {
        var text = Repository.Read("docs/problems.md");
        var sections = Section().Matches(text).ToDictionary(match => match.Groups["slug"].Value, match => match.Groups["text"].Value, StringComparer.Ordinal);
        Assert.Equal(ProblemTypes.All.Select(type => type.Slug).Order(StringComparer.Ordinal), sections.Keys.Order(StringComparer.Ordinal));
        foreach (var type in ProblemTypes.All)
        {
            Assert.StartsWith(type.Status.ToString(CultureInfo.InvariantCulture) + ".", sections[type.Slug], StringComparison.Ordinal);
            Assert.True(sections[type.Slug].Length > 80, $"the section of {type.Slug} says nothing");
        }
    }

    [GeneratedRegex("^## (?<slug>[a-z-]+)\n(?<text>((?!^## ).*\n?)*)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Section();
}
