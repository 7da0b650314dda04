using System.Text.Json;
using Concordat.Cli.Logs;
using Concordat.Cli.Output;
using Concordat.Cli.Tests.Support;
using Concordat.Core.Participation.Records;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using Concordat.Log;

namespace Concordat.Cli.Tests.Logs;

public sealed class InspectionTests
{
    private readonly CoordinatorLog _coordinator = new();
    private readonly BankLog _bank = new("bank-a", "1");

    [Fact]
    public void The_two_kinds_of_log_are_told_apart_by_their_records()
    {
        using var coordinator = _coordinator.Held();
        using var bank = _bank.Held();
        Assert.Equal(LogKind.Coordinator, LogKinds.Detect(coordinator));
        Assert.Equal(LogKind.Participant, LogKinds.Detect(bank));
        Assert.Equal(LogKind.Unknown, LogKinds.Detect(new MemoryLogStorage()));
    }

    [Fact]
    public void Every_record_of_a_coordinator_is_shown_with_what_it_says()
    {
        var id = _coordinator.Begin(1);
        _coordinator.Commit(id);
        _coordinator.End(id, Outcome.Committed);

        var items = Json(_coordinator.Held(), LogKind.Coordinator, out var exitCode);

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.Equal(["EpochStarted", "Begun", "Decided", "Ended"], Types(items));
        var decided = items.Single(i => i.TryGetProperty("type", out var type) && type.GetString() == "Decided");
        Assert.Equal(id.ToString(), decided.GetProperty("transactionId").GetString());
        Assert.Equal("committed", decided.GetProperty("fields").GetProperty("outcome").GetString());
        Assert.Equal(2, decided.GetProperty("fields").GetProperty("prepared").GetArrayLength());
        Assert.Equal("sound", items[^1].GetProperty("condition").GetString());
    }

    [Fact]
    public void Every_record_of_a_saga_is_shown_with_what_it_says()
    {
        var id = _coordinator.BeginSaga(1, "one", "two");
        _coordinator.StartStep(id, 0);
        _coordinator.EndStep(id, 0, StepEnd.Done, "{\"id\":\"F-7\"}");
        _coordinator.Add(new SagaTurned(_coordinator.Now, id, SagaReasonCode.Cancelled, "enough"));
        _coordinator.Add(new StepUndone(_coordinator.Now, id, 0, 3, "olga", "by phone"));
        _coordinator.Add(new SagaResumed(_coordinator.Now, id));
        _coordinator.Add(new SagaRemembered(_coordinator.Now, new StepStarted(_coordinator.Now, id, 1, StepPhase.Compensation, _coordinator.Id(9))));
        _coordinator.Add(new SagaEnded(_coordinator.Now, id));

        var items = Json(_coordinator.Held(), LogKind.Coordinator, out _);

        Assert.Equal(["EpochStarted", "SagaBegun", "StepStarted", "StepEnded", "SagaTurned", "StepUndone", "SagaResumed", "SagaRemembered", "SagaEnded"], Types(items));
        Assert.All(items.Where(i => i.TryGetProperty("type", out var type) && type.GetString() != "EpochStarted"), i => Assert.Equal(id.ToString(), i.GetProperty("transactionId").GetString()));
        JsonElement Fields(string type) => items.Single(i => i.TryGetProperty("type", out var t) && t.GetString() == type).GetProperty("fields");
        Assert.Equal("""{"name":"two","action":{"participant":"a","path":"/do"},"compensation":{"participant":"a","path":"/undo"},"attempts":5}""", Fields("SagaBegun").GetProperty("steps")[1].GetRawText(), ignoreWhiteSpaceDifferences: true);
        Assert.Equal("action", Fields("StepStarted").GetProperty("call").GetString());
        Assert.Equal("done", Fields("StepEnded").GetProperty("as").GetString());
        Assert.Equal("F-7", Fields("StepEnded").GetProperty("result").GetProperty("id").GetString());
        Assert.Equal("cancelled", Fields("SagaTurned").GetProperty("code").GetString());
        Assert.Equal("olga", Fields("StepUndone").GetProperty("who").GetString());
        Assert.Equal("StepStarted", Fields("SagaRemembered").GetProperty("record").GetString());
        Assert.Equal(_coordinator.Id(9).ToString(), Fields("SagaRemembered").GetProperty("fields").GetProperty("transaction").GetString());
    }

    [Fact]
    public void Every_record_of_a_participant_is_shown_with_what_it_says()
    {
        var id = _coordinator.Id(1);
        _bank.Prepare(id);
        _bank.Commit(id);
        _bank.RollBack(_coordinator.Id(2));
        _bank.Add(new ParticipantRecord.Applied("{\"open\":\"alice\"}"u8.ToArray()));
        _bank.Add(new ParticipantRecord.CheckpointStarted(_bank.Owner, [new EndedMark(1, new(5))]));
        _bank.Add(new ParticipantRecord.ResourceState([1, 2]));
        _bank.Add(new ParticipantRecord.CheckpointEnded(0, 1));

        var items = Json(_bank.Held(), LogKind.Participant, out _);

        Assert.Equal(
            ["Opened", "Prepared", "Committed", "RolledBack", "Applied", "CheckpointStarted", "ResourceState", "CheckpointEnded"], Types(items));
        Assert.DoesNotContain(items, i => i.TryGetProperty("problem", out _));
    }

    [Fact]
    public void Damage_is_shown_where_it_is_and_what_is_behind_it_too()
    {
        var id = _coordinator.Begin(1);
        _coordinator.Commit(id);
        _coordinator.End(id, Outcome.Committed);
        var name = _coordinator.Storage.Snapshot().Keys.Order(StringComparer.Ordinal).First();
        var bytes = _coordinator.Storage.Snapshot()[name];
        bytes[200] ^= 1;
        _coordinator.Storage.Plant(name, bytes);

        var items = Json(_coordinator.Held(), LogKind.Coordinator, out var exitCode);

        Assert.Equal(ExitCode.Error, exitCode);
        Assert.Contains(items, i => i.GetProperty("kind").GetString() == "bad");
        Assert.Contains("Ended", Types(items));
        Assert.Equal("damaged", items[^1].GetProperty("condition").GetString());
    }

    [Fact]
    public void A_record_that_cannot_be_read_is_shown_with_its_bytes()
    {
        _coordinator.AddRaw(200, [1, 2, 3]);
        var item = Json(_coordinator.Held(), LogKind.Coordinator, out _).Single(i => i.TryGetProperty("payload", out _));
        Assert.Equal("010203", item.GetProperty("payload").GetString());
        Assert.True(item.TryGetProperty("problem", out _));
    }

    [Fact]
    public void A_table_has_a_line_for_every_item()
    {
        var id = _coordinator.Begin(1);
        using var output = new StringWriter();
        Inspection.Run(_coordinator.Held(), LogKind.Coordinator, OutputFormat.Table, Terminal(output));
        var line = output.ToString().Split('\n').Single(l => l.Contains("Begun", StringComparison.Ordinal));
        Assert.Contains(id.ToString(), line, StringComparison.Ordinal);
        Assert.Contains("bank-b", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_is_trimmed_meanwhile_stays_readable()
    {
        using var held = _coordinator.Held();
        foreach (var name in _coordinator.Storage.Snapshot().Keys)
        {
            _coordinator.Storage.Uproot(name);
        }

        Assert.Contains("EpochStarted", Types(Json(held, LogKind.Coordinator, out _)));
    }

    private static List<JsonElement> Json(HeldLogStorage storage, LogKind kind, out ExitCode exitCode)
    {
        using var output = new StringWriter();
        exitCode = Inspection.Run(storage, kind, OutputFormat.Json, Terminal(output));
        using var document = JsonDocument.Parse(output.ToString());
        return [.. document.RootElement.EnumerateArray().Select(e => e.Clone())];
    }

    private static IEnumerable<string?> Types(IEnumerable<JsonElement> items) =>
        items.Where(i => i.TryGetProperty("type", out _)).Select(i => i.GetProperty("type").GetString());

    private static Terminal Terminal(StringWriter output) => new(output, TextWriter.Null, width: null, _ => null);
}
