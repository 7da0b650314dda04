using System.Diagnostics;
using System.Text;
using Concordat.Client;
using Concordat.Fuzz.Tests.Callbacks;
using Concordat.Fuzz.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Fuzz.Tests.Sdk;

/// <summary>
/// The application's side of the SDK against a coordinator out of its mind: every call ends in time, with a document or with one of the SDK's
/// own exceptions, and nobody hears of a commit or an abort that no answer spoke of.
/// </summary>
public sealed class ClientFuzzTests
{
    private const int Together = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TransactionId Id = new(12, 0x155, 1);

    private static readonly string Document = $$"""
        {"id": "{{Id}}", "name": "transfer", "state": "committing", "outcome": "committed", "reason": null, "createdAt": "2026-01-01T00:00:00.000Z",
         "deadline": "2026-01-01T00:01:00.000Z", "decidedAt": "2026-01-01T00:00:01.000Z", "completedAt": null, "labels": {"order": "42"},
         "branches": [{"id": "1", "participant": "bank-a", "state": "prepared", "vote": "yes", "attempts": 1, "lastError": null, "nextAttemptAt": null}],
         "history": [{"state": "active", "at": "2026-01-01T00:00:00.000Z"}]}
        """;

    private static readonly string Aborted = Document.Replace("\"committed\"", "\"aborted\"", StringComparison.Ordinal).Replace("\"committing\"", "\"aborting\"", StringComparison.Ordinal)
        .Replace("\"reason\": null", """ "reason": {"code": "vote-no", "participant": "bank-a", "message": "insufficient funds"} """, StringComparison.Ordinal);

    private const string Problem = """{"type": "/problems/already-aborted", "title": "The transaction has aborted", "status": 409, "detail": "it was rolled back", "traceId": "x"}""";

    private static readonly string List = $$"""{"items": [{{Document}}], "nextCursor": null}""";

    private static readonly TransactionRequest Request = new()
    {
        Name = "transfer",
        TimeoutSeconds = 0.2,
        Branches = [new BranchRequest { Participant = "bank-a" }],
    };

    private static readonly (string Name, Func<IConcordatClient, CancellationToken, Task<object?>> Run)[] Calls =
    [
        ("run", async (client, stop) => await client.RunAsync(Request, null, stop)),
        ("try-run", async (client, stop) => await client.TryRunAsync(Request, null, stop)),
        ("submit", async (client, stop) => await client.SubmitAsync(Request, null, stop)),
        ("begin", async (client, stop) => await client.BeginAsync(null, stop)),
        ("get", async (client, stop) => await client.GetAsync(Id, stop)),
        ("wait", async (client, stop) => await client.WaitAsync(Id, TimeSpan.FromSeconds(0.1), stop)),
        ("list", async (client, stop) => await client.ListAsync(null, stop)),
        ("enumerate", async (client, stop) => await client.EnumerateAsync(null, stop).Take(3).ToListAsync(stop)),
        ("resolve", async (client, stop) => await client.ResolveAsync(Id, "1", new ResolveRequest { As = Settlement.Committed, Who = "a", Why = "b" }, stop)),
        ("put", async (client, stop) => await client.PutParticipantAsync("a", new ParticipantRequest { Url = "http://127.0.0.1:9" }, stop)),
        ("participant", async (client, stop) => await client.GetParticipantAsync("a", stop)),
        ("participants", async (client, stop) => await client.ListParticipantsAsync(stop)),
        ("remove", async (client, stop) => { await client.RemoveParticipantAsync("a", stop); return null; }),
        ("commit", async (client, stop) => await client.Join(Id).CommitAsync(stop)),
        ("rollback", async (client, stop) => { await client.Join(Id).RollbackAsync(stop); return null; }),
        ("enlist", async (client, stop) => await client.Join(Id).EnlistAsync("bank-a", [], stop)),
    ];

    [Fact]
    public async Task A_coordinator_out_of_its_mind_is_an_exception_that_says_so()
    {
        await using var rig = new Rig();
        await Fuzzing.Cases("client", 8, async (dice, _) =>
            await Task.WhenAll(Enumerable.Range(0, Together).Select(_ => rig.Run(dice.PickFrom(Calls).Name, rig.Maker.Make(dice, dice.Pick(Document, Document, Aborted, Problem, List))))));
        Assert.Equal(0, rig.Canary.Connections);
    }

    [Theory]
    [MemberData(nameof(CommittedCases.Names), "coordinator-answers", MemberType = typeof(CommittedCases))]
    public async Task A_committed_answer_is_an_exception_too(string name)
    {
        await using var rig = new Rig();
        var answer = HostileAnswer.Parse(CommittedCases.Text("coordinator-answers", name));
        await Task.WhenAll(Calls.Select(call => rig.Run(call.Name, answer)));
    }

    private sealed class Rig : IAsyncDisposable
    {
        public HostileServer Canary { get; } = new();

        public AnswerMaker Maker => new(Canary.Url);

        public async Task Run(string name, HostileAnswer answer)
        {
            try
            {
                await RunUnnamed(name, answer);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{name}: {e.Message}\nThe answer, for Cases/coordinator-answers:\n{answer}", e);
            }
        }

        public ValueTask DisposeAsync() => Canary.DisposeAsync();

        private static async Task RunUnnamed(string name, HostileAnswer answer)
        {
            await using var server = new HostileServer { Answer = _ => answer };
            await using var services = Services(server.Url);
            using var patience = new CancellationTokenSource(Patience);
            var call = Calls.Single(c => c.Name == name).Run(services.GetRequiredService<IConcordatClient>(), patience.Token);
            var watch = Stopwatch.StartNew();
            try
            {
                var result = await Bounded.Comes(call, "the call ends");
                Assert.True(result is not TransactionDocument { Outcome: { } outcome } || Speaks(answer, outcome.ToString()), $"it returned {result}");
                Assert.True(answer.IsWhole is not { Status: >= 300 }, $"it took a {answer.IsWhole?.Status} for a success");
            }
            catch (TransactionRolledBackException)
            {
                Assert.True(Speaks(answer, "aborted"), "nobody spoke of an abort");
            }
            catch (ConcordatException e)
            {
                Assert.True(e.Message.Length < 100_000, "a message without end");
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                // Where the coordinator may take as long as the transaction's own timeout.
                Assert.True(watch.Elapsed >= Patience - TimeSpan.FromMilliseconds(100), $"cancelled after {watch.Elapsed}");
            }
        }

        private static bool Speaks(HostileAnswer answer, string word) => answer.Acts.Any(act =>
            act is Act.Send s && (Encoding.UTF8.GetString(s.Bytes).Contains(word, StringComparison.OrdinalIgnoreCase) || Encoding.Unicode.GetString(s.Bytes).Contains(word, StringComparison.OrdinalIgnoreCase)
                || Encoding.Latin1.GetString(s.Bytes).Replace("\0", "", StringComparison.Ordinal).Contains(word, StringComparison.OrdinalIgnoreCase)
                || Encoding.Latin1.GetString(s.Bytes).Contains("\\u", StringComparison.Ordinal) || Encoding.Latin1.GetString(s.Bytes).Contains("chunked", StringComparison.Ordinal)));

        private static ServiceProvider Services(string url)
        {
            var services = new ServiceCollection();
            services.AddLogging();
            services.AddConcordatClient(options =>
            {
                options.Address = new Uri(url);
                options.RetryBudget = TimeSpan.FromMilliseconds(50);
                options.AttemptTimeout = TimeSpan.FromMilliseconds(300);
            });
            return services.BuildServiceProvider();
        }
    }
}
