using Concordat.Cli.Checking;
using Concordat.Core.Participation.Records;
using Concordat.Core.Records;
using Concordat.Fuzz.Tests.Commands;
using Concordat.Fuzz.Tests.Mutation;
using Concordat.Fuzz.Tests.Support;
using Concordat.Log;

namespace Concordat.Fuzz.Tests.Logs;

/// <summary>
/// Logs whose frames are whole and whose content is hostile: each is taken up, or refused by name without a byte written, and the command line
/// says of each what it is.
/// </summary>
public sealed class LogFuzzTests(LogFuzzTests.Shared shared) : IClassFixture<LogFuzzTests.Shared>
{
    private const int CommandEvery = 8;

    public sealed class Shared : IAsyncLifetime
    {
        internal MemoryLogStorage Coordinator { get; private set; } = null!;

        internal MemoryLogStorage Participant { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Coordinator = await RealLogs.Coordinator();
            Participant = await RealLogs.Participant(LogAudit.CoordinatorNumber(Coordinator));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_is_taken_apart_and_sealed_again_is_taken_up()
    {
        Assert.True(await Opening.Coordinator(LogForge.Seal(LogForge.Identity(shared.Coordinator), LogForge.Records(shared.Coordinator))));
        Assert.True(await Opening.Participant(LogForge.Seal(LogForge.Identity(shared.Participant), LogForge.Records(shared.Participant))));
    }

    [Fact]
    public void Something_of_everything_is_in_the_logs_that_are_changed()
    {
        // But for what only a stepped clock and a restored copy write, and the change and the refusal that this purse never has.
        Assert.Empty(Enum.GetValues<RecordType>().Except([RecordType.ClockStepped, RecordType.UnknownSettled, RecordType.SagaResumed]).Except(LogForge.Records(shared.Coordinator).Select(r => (RecordType)r.Type)));
        Assert.Empty(new[] { ParticipantRecordType.Opened, ParticipantRecordType.Prepared, ParticipantRecordType.Committed, ParticipantRecordType.RolledBack }
            .Except(LogForge.Records(shared.Participant).Select(r => (ParticipantRecordType)r.Type)));
    }

    [Fact]
    public Task A_coordinators_log_of_hostile_records_is_taken_up_or_refused_by_name() => Run(isCoordinator: true, "coordinator-log", 800);

    [Fact]
    public Task A_participants_log_of_hostile_records_is_taken_up_or_refused_by_name() => Run(isCoordinator: false, "participant-log", 800);

    [Theory]
    [MemberData(nameof(CommittedCases.Names), "logs", MemberType = typeof(CommittedCases))]
    public async Task A_committed_log_is_taken_up_or_refused_by_name(string name)
    {
        var text = CommittedCases.Text("logs", name).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(l => l[0] != '#').ToList();
        var records = text.Skip(1).Select(line => new ForgedRecord(byte.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), Escaped.Bytes(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]))).ToList();
        await Check(LogForge.Seal(Guid.Parse(text[0].Split(' ')[1]), records), text[0].StartsWith("coordinator", StringComparison.Ordinal), withCommands: true);
    }

    private async Task Run(bool isCoordinator, string property, int count)
    {
        var log = isCoordinator ? shared.Coordinator : shared.Participant;
        var others = LogForge.Records(shared.Coordinator).Concat(LogForge.Records(shared.Participant)).ToList();
        var taken = 0;
        await Fuzzing.Cases(property, count, async (dice, index) =>
        {
            var records = LogForge.Records(log);
            RecordMutator.Change(dice, records, others);
            var storage = LogForge.Seal(LogForge.Identity(log), records, dice.OneIn(3) ? dice : null);
            if (dice.OneIn(8))
            {
                storage.Plant(LogForge.File, ByteMutator.Change(dice, storage.Snapshot()[LogForge.File]));
            }

            try
            {
                taken += await Check(storage, isCoordinator, index % CommandEvery == 0) ? 1 : 0;
            }
            catch (Exception e)
            {
                var lines = records.Select(r => $"{r.Type} {Escaped.Of(r.Payload).Replace("\n", "", StringComparison.Ordinal)}");
                throw new InvalidOperationException($"{e.Message}\nThe records, for Cases/logs (where no frame lied):\n{(isCoordinator ? "coordinator" : "participant")} {LogForge.Identity(log)}\n{string.Join('\n', lines)}", e);
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{taken} were taken up");
    }

    private static async Task<bool> Check(MemoryLogStorage storage, bool isCoordinator, bool withCommands)
    {
        if (withCommands)
        {
            await LogCommandsCheck.Run(storage);
        }

        return isCoordinator ? await Opening.Coordinator(storage) : await Opening.Participant(storage);
    }
}
