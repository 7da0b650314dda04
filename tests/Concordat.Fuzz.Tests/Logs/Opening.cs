using Concordat.Client.Participants;
using Concordat.Core;
using Concordat.Core.Encoding;
using Concordat.Core.Participation;
using Concordat.Core.Recovery;
using Concordat.Core.Transactions;
using Concordat.Fuzz.Tests.Sdk;
using Concordat.Fuzz.Tests.Support;
using Concordat.Log;
using Concordat.Server.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Concordat.Fuzz.Tests.Logs;

/// <summary>Opens a log as its owner would. It is taken up, and then again, or refused by name, and then not one byte has changed.</summary>
internal static class Opening
{
    /// <summary>Beside the log itself, generously: what a start may allocate for 256 KiB of records.</summary>
    private const long MostAllocatedBytes = 512L * 1024 * 1024;

    /// <returns>Whether it was taken up.</returns>
    public static async Task<bool> Coordinator(MemoryLogStorage storage)
    {
        if (!await Try(storage, () => StartCoordinator(storage)))
        {
            return false;
        }

        await StartCoordinator(storage);
        return true;
    }

    /// <returns>Whether it was taken up.</returns>
    public static async Task<bool> Participant(MemoryLogStorage storage)
    {
        if (!await Try(storage, () => StartParticipant(storage)))
        {
            return false;
        }

        await StartParticipant(storage);
        return true;
    }

    private static async Task<bool> Try(MemoryLogStorage storage, Func<Task> open)
    {
        var before = storage.Snapshot();
        var allocated = GC.GetTotalAllocatedBytes();
        try
        {
            await open();
            return true;
        }
        catch (Exception e) when (IsNamed(e))
        {
            var after = storage.Snapshot();
            Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
            Assert.All(before, file => Assert.True(file.Value.AsSpan().SequenceEqual(after[file.Key]), $"{file.Key} was written to, although: {e.Message}"));
            return false;
        }
        finally
        {
            var most = GC.GetTotalAllocatedBytes() - allocated;
            Assert.True(most < MostAllocatedBytes, $"{most} bytes were allocated");
        }
    }

    /// <summary>What a start may end with: the ways in which a log can be no log.</summary>
    private static bool IsNamed(Exception e) =>
        e is LogDamagedException or LogVersionException or RecordFormatException or ImpossibleLogException or ParticipantHistoryException;

    private static async Task StartCoordinator(MemoryLogStorage storage)
    {
        Exception? fatal = null;
        using var engine = new CoordinatorEngine(RealLogs.Options, storage, new RealLogs.Silence(), NullLogger.Instance, e => fatal = e);
        engine.Start();
        await Bounded.Comes(engine.Ready, "a coordinator starts, or says why not");
        try
        {
            await LookAround(engine);
        }
        catch (EngineStoppedException)
        {
            Assert.Fail($"it stopped at once: {fatal}");
        }

        Assert.Null(fatal);
    }

    private static async Task LookAround(CoordinatorEngine engine)
    {
        var cursor = default(string);
        do
        {
            var list = await Bounded.Comes(engine.AskAsync(c => new ListInput(c, new TransactionFilter { Limit = 100, Cursor = cursor })), "the transactions are listed");
            cursor = Assert.IsType<TransactionsResponse>(list).List.NextCursor;
        }
        while (cursor is not null);

        await Bounded.Comes(engine.AskAsync(c => new GetParticipantInput(c, null)), "the participants are listed");
        await Bounded.Comes(engine.StopAsync(TimeSpan.Zero), "a coordinator stops");
    }

    private static async Task StartParticipant(MemoryLogStorage storage)
    {
        var failure = default(string);
        var options = new ParticipantOptions
        {
            Name = "purse",
            DataDirectory = "in-memory",
            SegmentSizeBytes = 256 * 1024,
            FailStop = (message, cause) => failure = $"{message} {cause}",
        };
        using var engine = new ParticipantEngine(options, new LoggedRunner(new Purse(), NullLogger.Instance), storage, new RealLogs.NoInquiry(), TimeProvider.System, NullLogger.Instance);
        engine.Start();
        await Bounded.Comes(engine.ReadAsync(() => 0, CancellationToken.None), "a participant answers");
        await Bounded.Comes(engine.StopAsync(), "a participant stops");
        Assert.Null(failure);
    }
}
