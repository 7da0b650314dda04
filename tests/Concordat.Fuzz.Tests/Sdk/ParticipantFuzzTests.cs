using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Concordat.Fuzz.Tests.Callbacks;
using Concordat.Fuzz.Tests.Http;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Sdk;

/// <summary>The participant's side of the SDK: hostile calls, and hostile answers to what it asks.</summary>
public sealed class ParticipantFuzzTests
{
    private const int PlainEvery = 40;
    private const int Together = 24;

    [Fact]
    public async Task A_hostile_call_is_refused_and_a_malformed_one_changes_nothing()
    {
        await using var rig = await ParticipantRig.Start();
        var before = await Remembering(rig);
        await Fuzzing.Cases("calls", 1000, async (dice, index) =>
        {
            if (index % PlainEvery == 0)
            {
                await rig.ShouldCommit();
                before = await Remembering(rig);
            }

            var seed = Seed(dice);
            var isOrdinary = true;
            byte[] request;
            if (dice.OneIn(5))
            {
                seed.Method = "POST";
                request = FramingMutator.Render(dice, seed);
                isOrdinary = false;
            }
            else
            {
                RequestMutator.Change(dice, seed);
                request = seed.Render();
                isOrdinary = seed.IsOrdinary;
            }

            before = await Exchange(rig, request, before, halfClose: !isOrdinary, seed.Method == "HEAD");
        });
        await Finish(rig);
    }

    [Theory]
    [MemberData(nameof(CommittedCases.Names), "calls", MemberType = typeof(CommittedCases))]
    public async Task A_committed_call_is_refused(string name)
    {
        await using var rig = await ParticipantRig.Start();
        await Exchange(rig, Escaped.Bytes(CommittedCases.Text("calls", name)), await Remembering(rig), halfClose: false, isHead: false);
        await Finish(rig);
    }

    [Fact]
    public async Task I12_no_hostile_answer_to_an_inquiry_settles_a_branch_and_none_stops_the_participant()
    {
        await using var coordinator = new HostileServer();
        await using var canary = new HostileServer();
        var maker = new AnswerMaker(canary.Url);
        var answers = new ConcurrentDictionary<string, HostileAnswer>(StringComparer.Ordinal);
        var asked = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        coordinator.Answer = request =>
        {
            var path = request.Path.Split('/', '?');
            if (request.Method != "GET")
            {
                return HostileAnswer.Whole(201, """{"name": "purse", "url": "http://x", "onePhase": false, "inquires": true}""");
            }

            asked.AddOrUpdate(path[3], 1, static (_, n) => n + 1);
            return answers.GetValueOrDefault(path[3]) ?? HostileAnswer.Whole(503, "");
        };
        await using var rig = await ParticipantRig.Start(new Uri(coordinator.Url));
        var counter = 1000ul;
        await Fuzzing.Cases("inquiries", 6, async (dice, _) =>
        {
            var branches = Enumerable.Range(0, Together)
                .Select(_ => (Counter: ++counter, Answer: maker.Make(dice, dice.Pick<string>("""{"outcome": "committed", "presumed": false}""", """{"outcome": "aborted", "presumed": true}""", """{"outcome": "pending", "presumed": false}"""))))
                .ToList();
            foreach (var (number, answer) in branches)
            {
                answers[ParticipantRig.Id(number).ToString()] = answer;
            }

            await Task.WhenAll(branches.Select(branch => Ask(rig, asked, branch.Counter, branch.Answer)));
            Assert.Equal(0, canary.Connections);
            Assert.Empty(rig.Failures);
        });
        await Finish(rig);
    }

    private static async Task Ask(ParticipantRig rig, ConcurrentDictionary<string, int> asked, ulong counter, HostileAnswer answer)
    {
        try
        {
            Assert.Equal(200, await rig.Call("prepare", counter, """, "deadline": "2099-01-01T00:00:00Z", "operations": [{"type": "debit"}]""", coordinator: 7));
            await Bounded.Until(() => asked.ContainsKey(ParticipantRig.Id(counter).ToString()), () => "it asks");

            // What it was told by hostile answers, an honest coordinator confirms: where it believed the opposite, it says so.
            var status = await rig.Call("commit", counter, coordinator: 7);
            Assert.True(status == 204 || (status is 410 or 409 && MayHaveSettled(answer, "aborted")), $"commit is answered with {status}");
            if (status == 204)
            {
                var rollback = await rig.Call("rollback", counter, coordinator: 7);
                Assert.Equal(409, rollback);
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\nThe answer to the inquiry, for Cases/answers:\n{answer}", e);
        }
    }

    /// <summary>Whether the contract lets this answer be taken for that outcome.</summary>
    private static bool MayHaveSettled(HostileAnswer answer, string outcome)
    {
        if (answer.IsWhole is not { } whole)
        {
            return string.Concat(answer.Acts.Select(a => a is Act.Send s ? Encoding.Latin1.GetString(s.Bytes) : a is Act.Drip d ? Encoding.Latin1.GetString(d.Bytes) : "")).Contains(outcome, StringComparison.Ordinal);
        }

        try
        {
            using var document = JsonDocument.Parse(whole.Body);
            return whole.Status == 200 && document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.EnumerateObject().Any(m => m.NameEquals("outcome") && m.Value.ValueKind == JsonValueKind.String && m.Value.GetString() == outcome);
        }
        catch (JsonException)
        {
            return whole.Status == 200 && Encoding.Unicode.GetString(whole.Body).Contains(outcome, StringComparison.Ordinal);
        }
    }

    private static async Task<string> Exchange(ParticipantRig rig, byte[] request, string before, bool halfClose, bool isHead)
    {
        try
        {
            var answers = await RawExchange.Send(rig.EndPoint, request, halfClose, isHead);
            foreach (var answer in answers)
            {
                Assert.True(answer.Status is < 500 or 503 || (halfClose && answer is { Status: 501 or 505, Body.Length: 0 }), $"a fault of the participant: {answer}");
            }

            var after = await Remembering(rig);
            if (answers.Count > 0 && answers.TrueForAll(a => a.Status is 400 or 404 or 405 or 411 or 413 or 414 or 415 or 431))
            {
                Assert.Equal(before, after);
            }

            Assert.Empty(rig.Failures);
            return after;
        }
        catch (Exception e)
        {
            var text = Escaped.Of(request);
            throw new InvalidOperationException($"{e.Message}\nThe call, for Cases/calls:\n{(text.Length > 20_000 ? text[..20_000] : text)}", e);
        }
    }

    /// <summary>With how much it remembers of what has ended; a restart may let go of more of that.</summary>
    private static async Task<string> Remembering(ParticipantRig rig) => $"{await rig.State()}, remembered {rig.Participant.Status.Remembered}";

    /// <summary>It goes on, and finds after a crash what it held before.</summary>
    private static async Task Finish(ParticipantRig rig)
    {
        await rig.ShouldCommit();
        var before = await rig.State();
        await rig.CrashAndRestart();
        Assert.Equal(before, await rig.State());
        await rig.ShouldCommit();
    }

    private static RequestShape Seed(Dice dice)
    {
        // Of few transactions, so that calls meet one another; and never of the coordinator that the plain branches are of.
        var id = ParticipantRig.Id((ulong)dice.Below(20));
        var created = ParticipantRig.Created.AddMilliseconds(dice.Below(20)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var common = $$"""{"transactionId": "{{id}}", "branchId": "{{dice.Pick<string>("1", "b.2", "x-y_z")}}", "createdAt": "{{created}}", "endedBefore": "1970-01-01T00:00:00.000Z" """;
        const string Operations = """, "operations": [{"type": "debit", "resource": "alice", "data": {"amount": 100}}, {"type": "note", "data": ["\u00e9", 1.5, null]}]""";
        var request = dice.Below(4) switch
        {
            0 => new RequestShape("POST", "/concordat/prepare", common + $$""", "deadline": "2099-01-01T00:00:00Z", "inquiryUrl": "http://127.0.0.1:9/v1/transactions/{{id}}/outcome?branch=1"{{Operations}}}"""),
            1 => new RequestShape("POST", "/concordat/commit", common + """, "evidence": "held"}"""),
            2 => new RequestShape("POST", "/concordat/commit", common + $$""", "onePhase": true{{Operations}}}"""),
            _ => new RequestShape("POST", "/concordat/rollback", common + "}"),
        };
        return request.With("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    }
}
