using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Concordat.Fuzz.Tests.Http;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Callbacks;

/// <summary>
/// A participant that answers out of its mind: its transactions are decided by their deadline all the same, nobody else notices, no redirect is
/// followed, and what was decided is carried out once it comes to its senses.
/// </summary>
public sealed class CallbackFuzzTests
{
    private const string Valid = """{"vote": "yes", "reason": "because", "evidence": "e-1", "more": {"a": [1]}}""";
    private const int Together = 12;
    private const double TimeoutSeconds = 1.0;

    /// <summary>Beyond the deadline, for a machine that has other things to do.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    /// <summary>What lies in the buffers of two sockets, generously. An answer is read to 64 KiB.</summary>
    private const long MostTakenBytes = 24 * 1024 * 1024;

    private enum Phase
    {
        Prepare,
        Commit,
        Rollback,
        OnePhase,
    }

    /// <summary>One transaction with the hostile participant of its slot.</summary>
    private sealed class Script(Phase phase, HostileAnswer answer, int times)
    {
        private int _left = times;

        public Phase Phase => phase;

        public HostileAnswer Answer => answer;

        /// <summary>The last of these heals it, but for prepare: that one never gets better.</summary>
        public HostileAnswer Next(HostileAnswer healthy) => phase == Phase.Prepare || Interlocked.Decrement(ref _left) >= 0 ? answer : healthy;

        public override string ToString() => $"{phase}:\n{answer}";
    }

    [Fact]
    public async Task A_participant_out_of_its_mind_delays_nobody_and_no_decision()
    {
        await using var rig = await Rig.Start();
        await Fuzzing.Cases("callbacks", 7, async (dice, _) =>
        {
            var scripts = Enumerable.Range(0, Together).Select(_ => new Script((Phase)dice.Below(4), rig.Maker.Make(dice, Valid), 1 + dice.Below(2))).ToList();
            var others = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => rig.World.ShouldCommit()));
            await Task.WhenAll(scripts.Select((script, slot) => rig.Run(script, slot)));
            await others;
            rig.Check();
        });
        await rig.World.Restart();
        await rig.World.ShouldCommit();
    }

    [Theory]
    [MemberData(nameof(CommittedCases.Names), "answers", MemberType = typeof(CommittedCases))]
    public async Task A_committed_answer_does_neither(string name)
    {
        await using var rig = await Rig.Start();
        var answer = HostileAnswer.Parse(CommittedCases.Text("answers", name).Replace("{canary}", rig.Canary.Url, StringComparison.Ordinal));
        await Task.WhenAll(Enum.GetValues<Phase>().Select((phase, slot) => rig.Run(new Script(phase, answer, 1), slot)));
        rig.Check();
        await rig.World.ShouldCommit();
    }

    private sealed class Rig : IAsyncDisposable
    {
        private static readonly HostileAnswer Yes = HostileAnswer.Whole(200, """{"vote": "yes"}""");
        private static readonly HostileAnswer Done = HostileAnswer.Whole(200, "{}");
        private readonly HostileServer _server = new();
        private readonly ConcurrentDictionary<string, Script> _bySlot = new(StringComparer.Ordinal);

        public HostileServer Canary { get; } = new();

        public AnswerMaker Maker { get; private set; } = null!;

        public World World { get; private set; } = null!;

        public static async Task<Rig> Start()
        {
            var rig = new Rig();
            rig.Maker = new AnswerMaker(rig.Canary.Url);
            rig._server.Answer = rig.Answer;
            rig.World = await World.Start(options =>
            {
                options.Timeouts.AttemptSeconds = 0.3;
                options.Retry.InitialSeconds = 0.01;
                options.Retry.MaxSeconds = 0.05;
                options.Retry.ProbeInitialSeconds = 0.01;
                options.Retry.ProbeMaxSeconds = 0.05;
                options.Retry.HazardSeconds = 0.05;
            });
            for (var slot = 0; slot < Together; slot++)
            {
                await rig.World.Put($"hostile-{slot}", $"{rig._server.Url}/hostile-{slot}");
                await rig.World.Put($"single-{slot}", $"{rig._server.Url}/single-{slot}", onePhase: true);
            }

            await rig.World.Put("refuser", $"{rig._server.Url}/refuser");
            return rig;
        }

        public async Task Run(Script script, int slot)
        {
            try
            {
                await RunUnnamed(script, slot);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\nThe answer, for Cases/answers, to {script}", e);
            }
        }

        public void Check()
        {
            Assert.Equal(0, Canary.Connections);
            Assert.True(_server.MostFloodedBytes < MostTakenBytes, $"{_server.MostFloodedBytes} bytes of one answer were taken");
            Assert.Empty(World.Fatal);
        }

        public async ValueTask DisposeAsync()
        {
            // Whoever is still being asked for something answers well from now on.
            _bySlot.Clear();
            await World.DisposeAsync();
            await _server.DisposeAsync();
            await Canary.DisposeAsync();
        }

        private async Task RunUnnamed(Script script, int slot)
        {
            var name = script.Phase == Phase.OnePhase ? $"single-{slot}" : $"hostile-{slot}";
            _bySlot[name] = script;
            var other = script.Phase switch { Phase.OnePhase => "", Phase.Rollback => """, {"participant": "refuser"}""", _ => """, {"participant": "good-a"}""" };
            var timeout = (script.Phase == Phase.Prepare ? TimeoutSeconds : 60).ToString(CultureInfo.InvariantCulture);
            using var response = await Bounded.Comes(
                World.Http.PostAsync("/v1/transactions", World.Json($$"""{"timeoutSeconds": {{timeout}}, "branches": [{"participant": "{{name}}"}{{other}}]}""")),
                "the transaction is decided by its deadline", TimeSpan.FromSeconds(TimeoutSeconds) + Slack);
            using var decided = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            Assert.True(response.IsSuccessStatusCode, decided.RootElement.GetRawText());
            var outcome = decided.RootElement.GetProperty("outcome").GetString();
            Assert.True(IsAllowed(script, outcome), $"the outcome is {outcome}, and the contract says {VoteOracle.Of(script.Answer)}: {decided.RootElement.GetRawText()}");

            // From here on a call of prepare's script would be a rollback or a commit, which is answered well.
            var id = decided.RootElement.GetProperty("id").GetString();
            var ended = "";
            await Bounded.Until(
                async () => (ended = await World.Http.GetStringAsync($"/v1/transactions/{id}?waitSeconds=5")).Contains($"\"state\":\"{outcome}\"", StringComparison.Ordinal),
                () => $"it is {outcome} everywhere: {ended}");
        }

        /// <summary>Nothing in the second phase changes an outcome.</summary>
        private static bool IsAllowed(Script script, string? outcome) => (script.Phase, VoteOracle.Of(script.Answer), outcome) switch
        {
            (Phase.Rollback, _, "aborted") => true,
            (Phase.Commit, _, "committed") => true,
            (Phase.Prepare, Meaning.Commits or Meaning.Open, "committed") => true,
            (Phase.Prepare, Meaning.CannotCommit or Meaning.Open, "aborted") => true,

            // Asked again until it answers what the contract knows: a no, or in the end its yes.
            (Phase.OnePhase, _, "committed") => true,
            (Phase.OnePhase, not Meaning.Commits, "aborted") => script.Answer.IsWhole is not { Status: not (200 or 409) },
            _ => false,
        };

        private HostileAnswer Answer(HeardRequest request)
        {
            var path = request.Path.Split('/');
            var (name, call) = (path[1], path[2]);
            if (name == "refuser")
            {
                return call == "prepare" ? HostileAnswer.Whole(409, """{"reason": "no"}""") : Done;
            }

            var isOnePhase = request.Body.Contains("\"onePhase\":true", StringComparison.Ordinal);
            var healthy = call == "prepare" || isOnePhase ? Yes : Done;
            if (!_bySlot.TryGetValue(name, out var script))
            {
                return healthy;
            }

            var isItsCall = script.Phase switch { Phase.Prepare => call == "prepare", Phase.Rollback => call == "rollback", _ => call == "commit" };
            return isItsCall ? script.Next(healthy) : healthy;
        }
    }
}
