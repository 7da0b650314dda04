using Concordat.Cli;
using Concordat.Cli.Output;
using Concordat.Fuzz.Tests.Callbacks;
using Concordat.Fuzz.Tests.Logs;
using Concordat.Fuzz.Tests.Mutation;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Commands;

/// <summary>The command line under whatever arguments, settings and answers: an exit code of the table, a message, and never a stack trace.</summary>
public sealed class CommandFuzzTests
{
    private const string Config = """
        {"Concordat": {"PublicUrl": "http://127.0.0.1:7070/x", "Storage": {"Path": "./nowhere", "RetentionSeconds": 60, "SegmentSizeBytes": 262144, "SpareSegments": 1, "MaxIdempotencyKeys": 10},
          "Timeouts": {"DefaultSeconds": 5, "MaxSeconds": 60, "AttemptSeconds": 0.5}, "Retry": {"InitialSeconds": 0.1, "MaxSeconds": 1, "HazardSeconds": 5},
          "Limits": {"MaxBranches": 10, "MaxLabels": 4, "CallsPerParticipant": 2}, "Auth": {"Tokens": ["0123456789abcdef0"]}, "Shutdown": {"DrainSeconds": 0.1}},
         "Logging": {"LogLevel": {"Default": "None", "Concordat": "None"}, "Console": {"FormatterName": "simple"}}}
        """;

    /// <summary>For what goes on until it is stopped.</summary>
    private static readonly TimeSpan GoingOn = TimeSpan.FromMilliseconds(300);

    static CommandFuzzTests() => Environment.SetEnvironmentVariable("Logging__LogLevel__Default", "None");

    [Fact]
    public async Task Arguments_out_of_their_mind_are_answered_with_an_exit_code_and_a_message()
    {
        await using var rig = await Rig.Start();
        var maker = new VectorMaker(CommandLine.Create(new Terminal(TextWriter.Null, TextWriter.Null, null, _ => null)), rig.Directory, rig.Server.Url);
        Assert.True(maker.Leaves.Count >= 13, string.Join(", ", maker.Leaves.Select(l => string.Join(' ', l))));
        await Fuzzing.Cases("arguments", 1000, async (dice, _) =>
        {
            rig.Server.Answer = AnswerOf(dice);
            await rig.Check(maker.Make(dice));
        });
    }

    [Fact]
    public async Task A_hostile_configuration_is_refused_by_name_or_runs()
    {
        await using var rig = await Rig.Start();
        await Fuzzing.Cases("configuration", 60, async (dice, _) =>
        {
            var config = Path.Combine(rig.Directory, "config.json");
            var bytes = JsonMutator.Bytes(dice, Config);
            await File.WriteAllBytesAsync(config, bytes, TestContext.Current.CancellationToken);
            try
            {
                await rig.Check("serve", "--urls", "http://127.0.0.1:0", "--config", config, "--data", Path.Combine(rig.Directory, "served"));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\nThe configuration, for Cases/configurations:\n{Escaped.Of(bytes)}", e);
            }
        });
    }

    [Theory]
    [MemberData(nameof(CommittedCases.Names), "configurations", MemberType = typeof(CommittedCases))]
    public async Task A_committed_configuration_is_refused_by_name_or_runs(string name)
    {
        await using var rig = await Rig.Start();
        var config = Path.Combine(rig.Directory, "config.json");
        await File.WriteAllBytesAsync(config, Escaped.Bytes(CommittedCases.Text("configurations", name)), TestContext.Current.CancellationToken);
        await rig.Check("serve", "--urls", "http://127.0.0.1:0", "--config", config, "--data", Path.Combine(rig.Directory, "served"));
    }

    [Theory]
    [MemberData(nameof(CommittedCases.Names), "commands", MemberType = typeof(CommittedCases))]
    public async Task A_committed_vector_is_answered(string name)
    {
        await using var rig = await Rig.Start();
        var lines = CommittedCases.Text("commands", name).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await rig.Check([.. lines.Select(line => System.Text.Encoding.UTF8.GetString(Escaped.Bytes(line)).Replace("{directory}", rig.Directory, StringComparison.Ordinal).Replace("{server}", rig.Server.Url, StringComparison.Ordinal))]);
    }

    private static Func<HeardRequest, HostileAnswer> AnswerOf(Dice dice)
    {
        var answer = dice.Below(4) switch
        {
            0 => HostileAnswer.Whole(200, """{"items": [], "nextCursor": null}"""),
            1 => HostileAnswer.Whole(dice.Pick(200, 400, 401, 404, 409, 410, 422, 500, 503), JsonMutator.Text(dice, """{"type": "/problems/x", "title": "T", "status": 400, "detail": "d\u001b[2J"}"""), dice.Pick<string>("application/json", "application/problem+json", "text/plain")),
            2 => HostileAnswer.Whole(204, ""),
            _ => new HostileAnswer([new Act.Reset()], null),
        };
        return _ => answer;
    }

    private sealed class Rig : IAsyncDisposable
    {
        private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

        public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("concordat-fuzz-").FullName;

        public HostileServer Server { get; } = new();

        public static async Task<Rig> Start()
        {
            var rig = new Rig();
            rig._environment["CONCORDAT_SERVER"] = rig.Server.Url;
            System.IO.Directory.CreateDirectory(Path.Combine(rig.Directory, "log"));
            System.IO.Directory.CreateDirectory(Path.Combine(rig.Directory, "purse"));
            System.IO.Directory.CreateDirectory(Path.Combine(rig.Directory, "empty"));
            await File.WriteAllTextAsync(Path.Combine(rig.Directory, "file"), "x");
            await File.WriteAllTextAsync(Path.Combine(rig.Directory, "config.json"), Config);
            foreach (var (name, content) in (await RealLogs.Coordinator()).Snapshot())
            {
                await File.WriteAllBytesAsync(Path.Combine(rig.Directory, "log", name), content);
            }

            foreach (var (name, content) in (await RealLogs.Participant(7)).Snapshot())
            {
                await File.WriteAllBytesAsync(Path.Combine(rig.Directory, "purse", name), content);
            }

            return rig;
        }

        public async Task Check(params string[] arguments)
        {
            try
            {
                var run = await CommandProbe.Run(arguments, arguments is ["serve" or "simulate", ..] ? GoingOn : TimeSpan.FromSeconds(3), _environment);
                run.ShouldBeOrderly();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.GetType().Name}: {e.Message}\nThe arguments, for Cases/commands:\n{string.Join('\n', arguments.Select(a => Escaped.Of(System.Text.Encoding.UTF8.GetBytes(a))))}", e);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
