namespace Concordat.Core.Tests.Conformance;

/// <summary>
/// Runs of the Promela model (<c>eng/model</c>), step by step on the real coordinator and the real participants: after every event
/// their states, records, calls and answers must be those of the model. <c>CONCORDAT_MODEL_TRACES</c> names a folder with more of
/// them; <c>./test.sh</c> makes fresh ones for it.
/// </summary>
public sealed class ConformanceTests
{
    public static TheoryData<string> Configurations() => ["two", "key", "silent", "fickle", "contrary", "forgetful", "three", "one-phase"];

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Coordinator_and_participants_do_what_the_model_does(string configuration)
    {
        var traces = ModelTrace.ReadAll(Path.Combine(ModelTrace.Folder(), configuration + ".txt"));
        Assert.True(traces.Count >= 30, $"{configuration}: only {traces.Count} traces");
        Play(traces);
    }

    [Fact]
    public void They_do_what_it_does_in_fresh_runs()
    {
        if (Environment.GetEnvironmentVariable("CONCORDAT_MODEL_TRACES") is not { Length: > 0 } folder)
        {
            Assert.Skip("CONCORDAT_MODEL_TRACES names no folder with traces (eng/model/traces.sh makes one)");
            return;
        }

        var files = Directory.GetFiles(folder, "*.txt");
        Assert.NotEmpty(files);
        Array.ForEach(files, file => Play(ModelTrace.ReadAll(file)));
    }

    /// <summary>The committed runs show every kind of event, each more than once, and a crash in every state that a log can be in.</summary>
    [Fact]
    public void The_traces_show_every_kind_of_event()
    {
        // After a crash, every row of the recovery table.
        string[] found =
        [
            "- EE", "- EBXE", "- EBCXE", "Aborting EBE", "Aborting EBEA", "Aborting EBAE", "Aborting EBOAE", "Committing EBCE", "Preparing EBOE",
            "Aborted EBXE", "Aborted EBAXE", "Committed EBCXE", "Committed EBOCXE", "Committed EBOCEX",
        ];
        string[] kinds =
        [
            "begin", "commit", "rollback", "get", "deadline", "flush", "crash", "deliver", "stale", "reply", "timeout", "notConnected", "contradict",
            "later", "finish", "finishNo", "finishReadOnly", "pflush", "pcrash", "ask", "heal", "rest",
        ];
        var all = Configurations().Select(c => c.Data).SelectMany(c => ModelTrace.ReadAll(Path.Combine(ModelTrace.Folder(), c + ".txt")))
            .SelectMany(t => t.Steps).ToList();
        var seen = all.CountBy(s => s.Words[0]).ToDictionary();
        var steps = all.Where(s => s.Words[0] == "crash" && s.Changed.ContainsKey("c")).Select(s => s.Changed["c"].Split(' '));
        Assert.Equal(found, found.Intersect(steps.Select(c => $"{c[0]} {c[2]}")));
        Assert.Equal(kinds.Order(StringComparer.Ordinal), seen.Keys.Order(StringComparer.Ordinal));
        Assert.All(seen, kind => Assert.True(kind.Value >= 3, $"{kind.Key} is seen {kind.Value} times"));
    }

    private static void Play(IReadOnlyList<ModelTrace> traces)
    {
        foreach (var trace in traces)
        {
            new ModelRun(trace).Play();
        }
    }
}
