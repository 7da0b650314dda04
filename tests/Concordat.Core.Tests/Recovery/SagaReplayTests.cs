using Concordat.Core.Encoding;
using Concordat.Core.Records;
using Concordat.Core.Recovery;
using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Recovery;

/// <summary>Records of sagas that are good one by one and contradict each other stop the start, by name.</summary>
public sealed class SagaReplayTests
{
    private const ulong Coordinator = 0xC0FFEE;
    private const ulong Nonce = 1;
    private static readonly TransactionId Id = new(Coordinator, Nonce, 1);
    private static readonly TransactionId Work = new(Coordinator, Nonce, 2);
    private static readonly Timestamp At = new(1_700_000_000_000);
    private static readonly Backoff Retry = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));

    private static readonly CoordinatorRecord Epoch = new EpochStarted(At, 1, Nonce, Restored: false);
    private static readonly CoordinatorRecord Service = new ParticipantPut(At, "a", "http://a", default);

    /// <summary>Two steps, the second after the first, both with something to undo.</summary>
    private static readonly SagaBegun Begin = Begins(Step("one"), Step("two"));

    /// <summary>A step that is a transaction.</summary>
    private static readonly SagaBegun BeginTransacted = Begins(Step("pay") with { Action = new StepTransaction([new BranchSpec("a", default)]) });

    private static SagaBegun Begins(params StepSpec[] steps) =>
        new(At, Id, At + TimeSpan.FromHours(1), null, new SagaSpec { Timeout = TimeSpan.FromHours(1), Steps = steps });

    private static StepSpec Step(string name, params string[]? after) =>
        new(name, new StepCall("a", "/do", default), new StepCall("a", "/undo", default), after is { Length: > 0 } ? after : null, 5, Retry);

    private static StepStarted Start(int step, TransactionId? transaction = null) => new(At, Id, step, StepPhase.Action, transaction);

    private static StepEnded End(int step, StepEnd end, bool mayHaveHappened = true, string result = "") =>
        new(At, Id, step, end, mayHaveHappened, 1, System.Text.Encoding.UTF8.GetBytes(result), null);

    private static StepUndone Undo(int step) => new(At, Id, step, 1, null, null);

    private static SagaTurned Turn => new(At, Id, SagaReasonCode.Cancelled, null);

    private static SagaEnded Over => new(At, Id);

    private static Begun Transaction => new(At, Work, new TransactionHeader { Opened = false, Deadline = At }, [new BranchHeader("1", "a", default)]);

    [Fact]
    public void A_saga_from_its_begin_to_its_end_is_taken_up_and_so_is_each_beginning_of_it()
    {
        CoordinatorRecord[] completed = [Epoch, Service, Begin, Start(0), End(0, StepEnd.Done, result: "{\"id\":7}"), Start(1), End(1, StepEnd.Done), Over];
        CoordinatorRecord[] compensated = [Epoch, Service, Begin, Start(0), End(0, StepEnd.Done), Start(1), End(1, StepEnd.Failed), Undo(1), Undo(0), Over];
        foreach (var log in (CoordinatorRecord[][])[completed, compensated])
        {
            for (var length = 1; length <= log.Length; length++)
            {
                Replay(log[..length]);
            }
        }
    }

    [Fact]
    public void A_step_that_ends_before_it_starts_stops_the_start() => Refuses("is done, and it is Waiting", Begin, End(0, StepEnd.Done));

    [Fact]
    public void A_step_that_starts_before_those_it_follows_are_done_stops_the_start() => Refuses("step 1 starts", Begin, Start(0), Start(1));

    [Fact]
    public void A_step_that_starts_after_the_turn_stops_the_start() => Refuses("step 0 starts, and it is Skipped", Begin, Turn, Start(0));

    [Fact]
    public void A_call_that_starts_twice_stops_the_start() => Refuses("starts", Begin, Start(0), Start(0));

    [Fact]
    public void A_place_that_no_step_has_stops_the_start() => Refuses("no step at place 2", Begin, Start(2));

    [Fact]
    public void Two_ends_of_a_step_stop_the_start() => Refuses("is done, and it is Done", Begin, Start(0), End(0, StepEnd.Done), End(0, StepEnd.Done));

    [Fact]
    public void A_refusal_of_a_step_that_is_done_stops_the_start() => Refuses("step 0 ends", Begin, Start(0), End(0, StepEnd.Done), End(0, StepEnd.Refused, mayHaveHappened: false));

    [Fact]
    public void A_step_undone_before_the_turn_stops_the_start() => Refuses("is undone, and it is Done", Begin, Start(0), End(0, StepEnd.Done), Undo(0));

    [Fact]
    public void A_step_undone_before_one_that_followed_it_stops_the_start() =>
        Refuses("step 0 is undone", Begin, Start(0), End(0, StepEnd.Done), Start(1), End(1, StepEnd.Failed), Undo(0));

    [Fact]
    public void A_step_undone_twice_stops_the_start() =>
        Refuses("is undone, and it is Undone", Begin, Start(0), End(0, StepEnd.Done), Start(1), End(1, StepEnd.Refused, mayHaveHappened: false), Undo(0), Undo(0));

    [Fact]
    public void A_step_undone_that_certainly_did_nothing_stops_the_start() =>
        Refuses("is undone, and it is Refused", Begin, Start(0), End(0, StepEnd.Refused, mayHaveHappened: false), Undo(0));

    [Fact]
    public void A_compensation_that_starts_before_the_turn_stops_the_start() =>
        Refuses("step 'one'", Begin, Start(0), End(0, StepEnd.Done), new StepStarted(At, Id, 0, StepPhase.Compensation, null));

    [Fact]
    public void A_second_turn_stops_the_start() => Refuses("turns", Begin, Turn, Turn);

    [Fact]
    public void A_turn_after_all_is_done_stops_the_start() =>
        Refuses("turns", Begin, Start(0), End(0, StepEnd.Done), Start(1), End(1, StepEnd.Done), Turn);

    [Fact]
    public void An_end_before_all_steps_are_done_stops_the_start() => Refuses("ends before its steps do", Begin, Start(0), End(0, StepEnd.Done), Over);

    [Fact]
    public void An_end_before_all_is_undone_stops_the_start() => Refuses("ends before its steps do", Begin, Start(0), End(0, StepEnd.Failed), Over);

    [Fact]
    public void A_record_after_the_end_stops_the_start() =>
        Refuses("never began, or has ended", Begin, Turn, Over, Turn);

    [Fact]
    public void A_record_of_a_saga_that_never_began_stops_the_start() => Refuses("never began, or has ended", Start(0));

    [Fact]
    public void A_saga_that_begins_twice_stops_the_start() => Refuses("begins twice", Begin, Begin);

    [Fact]
    public void A_saga_that_begins_again_after_its_end_stops_the_start() => Refuses("begins twice", Begin, Turn, Over, Begin);

    [Fact]
    public void An_id_that_a_transaction_and_a_saga_have_stops_the_start()
    {
        Refuses("begins twice", Transaction with { Id = Id }, Begin);
        Refuses("begins twice", Begin, Transaction with { Id = Id });
    }

    [Fact]
    public void A_saga_of_an_epoch_that_the_log_does_not_know_stops_the_start() =>
        Refuses("epoch", Begin with { Id = new TransactionId(Coordinator, Nonce + 1, 1) });

    [Fact]
    public void A_participant_that_is_not_registered_stops_the_start()
    {
        Refuses("'b', which is not registered", Begins(Step("one") with { Action = new StepCall("b", "/do", default) }));
        Refuses("'b', which is not registered", Begins(Step("one") with { Compensation = new StepTransaction([new BranchSpec("b", default)]) }));
    }

    [Fact]
    public void A_circle_stops_the_start() => Refuses("in a circle", Begins(Step("one", "two"), Step("two", "one")));

    [Fact]
    public void A_step_that_follows_one_that_there_is_not_stops_the_start() => Refuses("there is no such step", Begins(Step("one", "zero")));

    [Fact]
    public void Two_steps_of_one_name_stop_the_start() => Refuses("and so is that of", Begins(Step("one"), Step("one")));

    [Fact]
    public void A_body_that_asks_for_a_result_that_cannot_be_there_stops_the_start() =>
        Refuses("which is no step that is done before", Begins(Step("one") with { Action = new StepCall("a", "/do", "{\"$result\":\"one\"}"u8.ToArray()) }));

    [Fact]
    public void A_body_that_is_no_JSON_and_may_ask_for_results_stops_the_start() =>
        Refuses("SagaBegun", Begins(Step("one") with { Action = new StepCall("a", "/do", "{\"$result\":"u8.ToArray()) }));

    [Fact]
    public void A_result_that_is_no_JSON_stops_the_start() => Refuses("StepEnded", Begin, Start(0), End(0, StepEnd.Done, result: "{\"id\":"));

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"id\":1,\"id\":2}")]
    public void A_result_that_nobody_can_be_shown_stops_the_start(string result) => Refuses("its result is", Begin, Start(0), End(0, StepEnd.Done, result: result));

    [Fact]
    public void A_step_whose_body_cannot_be_written_fails_and_stops_nothing() => Replay(
        Epoch,
        Service,
        Begins(Step("one"), Step("two") with { Action = new StepCall("a", "/do", "{\"\\ud800\":{\"$result\":\"one\"}}"u8.ToArray()) }),
        Start(0),
        End(0, StepEnd.Done, result: "7"));

    [Fact]
    public void A_call_that_is_said_to_be_a_transaction_stops_the_start() => Refuses("transaction", Begin, Start(0, Work));

    [Fact]
    public void A_transaction_that_is_said_to_be_a_call_is_one_that_never_began()
    {
        // The step's first attempt was refused before there was a transaction: for want of room, say.
        Replay(Epoch, Service, BeginTransacted, Start(0));
    }

    [Fact]
    public void A_transaction_that_two_steps_claim_stops_the_start() => Refuses(
        "two steps",
        Begins(Step("one") with { Action = Pay() }, Step("two", []) with { Action = Pay(), After = [] }),
        Start(0, Work),
        Start(1, Work),
        Transaction);

    [Fact]
    public void What_a_checkpoint_remembers_and_never_began_stops_the_start()
    {
        Refuses("never began", new CheckpointStarted(At, 0), new SagaRemembered(At, Begin), new CheckpointEnded(At));
        var begins = new CoordinatorRecord[] { new CheckpointStarted(At, 0), new EpochKnown(At, 1, Nonce, Restored: false, 0), Service };
        RefusesAll("never began, or has ended", [.. begins, new SagaRemembered(At, Start(0)), new CheckpointEnded(At)]);
        Replay([.. begins, new SagaRemembered(At, Begin), new SagaRemembered(At, Start(0)), new CheckpointEnded(At)]);
    }

    [Fact]
    public void What_a_checkpoint_remembers_twice_stops_the_start() => RefusesAll(
        "begins twice",
        new CheckpointStarted(At, 0),
        new EpochKnown(At, 1, Nonce, Restored: false, 0),
        Service,
        new SagaRemembered(At, Begin),
        new SagaRemembered(At, Begin),
        new CheckpointEnded(At));

    [Fact]
    public void What_is_said_to_be_remembered_and_is_no_record_of_a_saga_stops_the_start()
    {
        var writer = new RecordWriter();
        writer.Byte(1);
        writer.Time(At);
        writer.Byte((byte)RecordType.SagaRemembered);
        Assert.Contains("none of a saga's", Assert.Throws<RecordFormatException>(() => RecordCodec.Read((byte)RecordType.SagaRemembered, writer.Written.ToArray())).Message, StringComparison.Ordinal);
    }

    private static StepTransaction Pay() => new([new BranchSpec("a", default)]);

    private static void Refuses(string naming, params CoordinatorRecord[] records) => RefusesAll(naming, [Epoch, Service, .. records]);

    private static void RefusesAll(string naming, params CoordinatorRecord[] records)
    {
        var e = Assert.Throws<ImpossibleLogException>(() => Replay(records));
        Assert.Contains(naming, e.Message, StringComparison.Ordinal);
    }

    private static void Replay(params CoordinatorRecord[] records)
    {
        var replay = new CoordinatorReplay(new CoordinatorOptions(), Coordinator, seed: 1);
        var writer = new RecordWriter();
        foreach (var record in records)
        {
            writer.Clear();
            RecordCodec.Write(record, writer);
            replay.Apply((byte)RecordCodec.TypeOf(record), writer.Written);
        }

        // Some of it shows only at the end.
        replay.Finish(default, [Nonce + 1], restored: false, []);
    }
}
