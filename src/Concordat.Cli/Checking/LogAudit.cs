using System.Buffers.Binary;
using Concordat.Cli.Logs;
using Concordat.Log;

namespace Concordat.Cli.Checking;

/// <summary>What an audit comes to, and of what.</summary>
internal sealed record AuditResult(ReadLog<CoordinatorHistory> Coordinator, IReadOnlyList<ReadLog<ParticipantHistory>> Participants, Findings Findings);

/// <summary>
/// Reads the logs in the order in which they can be held against one another while their owners go on:
/// <list type="number">
/// <item>The coordinator's. What it says has ended has been acknowledged, so it stands in the participants' logs by then.</item>
/// <item>The participants'. What they have committed was decided before, so it stands in the coordinator's log by then,</item>
/// <item>but perhaps behind the point where the first reading stopped: where a decision seems to be missing, what the coordinator
/// wrote since is read too, and held against the participants only for what they have, not for what they lack.</item>
/// </list>
/// </summary>
internal static class LogAudit
{
    internal static AuditResult Run(Func<HeldLogStorage> coordinator, ulong coordinatorNumber, IReadOnlyList<Func<HeldLogStorage>> participants)
    {
        var coordinatorLog = LogReading.Read(coordinator, () => new CoordinatorHistory());
        var participantLogs = participants
            .Select(open =>
            {
                using var storage = open();
                var location = storage.Location;
                return LogReading.Read(open, () => new ParticipantHistory(location));
            })
            .ToList();
        var audit = new Audit(coordinatorLog, coordinatorNumber, participantLogs);
        var findings = audit.Run();
        if (findings.Counts.ContainsKey(ViolationKind.CommitWithoutDecision))
        {
            var history = coordinatorLog.Taker;
            history.ReadsLate = true;
            LogReading.Read(coordinator, () => history, history.NextPosition);
            findings = audit.Run();
        }

        findings.AddAll(coordinatorLog.Taker.Findings);
        foreach (var participant in participantLogs)
        {
            findings.AddAll(participant.Taker.Findings);
        }

        return new AuditResult(coordinatorLog, participantLogs, findings);
    }

    /// <summary>The coordinator's share of its ids: the first 40 bits of its log's identity.</summary>
    internal static ulong CoordinatorNumber(ILogStorage storage)
    {
        var identity = LogInspector.Inspect(storage).OfType<LogSegmentItem>().Select(s => s.Identity).FirstOrDefault();
        Span<byte> bytes = stackalloc byte[16];
        identity.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 24;
    }
}
