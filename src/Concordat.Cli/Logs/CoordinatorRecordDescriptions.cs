using System.Text.Json.Nodes;
using Concordat.Core.Records;
using static Concordat.Cli.Logs.RecordDescription;

namespace Concordat.Cli.Logs;

/// <summary>Every record of a coordinator, as fields.</summary>
internal static class CoordinatorRecordDescriptions
{
    internal static RecordDescription Describe(byte type, ReadOnlySpan<byte> payload)
    {
        var record = RecordCodec.Read(type, payload);
        var (transaction, fields) = Fields(record);
        return new RecordDescription(record.GetType().Name, record.At, transaction, fields);
    }

    private static (TransactionId? Transaction, JsonObject Fields) Fields(CoordinatorRecord record) => record switch
    {
        EpochStarted r => (null, Object(("number", r.Number), ("nonce", Hex(r.Nonce)), ("restored", r.Restored))),
        ClockStepped => (null, []),
        ParticipantPut r => (null, Object(("name", r.Name), ("url", r.Url), ("onePhase", r.Flags.OnePhase), ("inquires", r.Flags.Inquires))),
        ParticipantRemoved r => (null, Object(("name", r.Name))),
        Begun r => (r.Id, Begin(r)),
        Enlisted r => (r.Id, Branch(r.Branch)),
        OnePhaseStarted { Evidence: { } evidence } r => (r.Id, Object(("evidence", evidence))),
        OnePhaseStarted r => (r.Id, Object(("operations", Operations(r.Operations.Span)))),
        Decided r => (r.Id, Object(("outcome", Wire.Name(r.Outcome)), ("reason", Reason(r.Reason)), ("prepared", Prepared(r)))),
        BranchSettled r => (r.Id, Object(("branchIndex", r.Branch), ("as", Wire.Name(r.As)), ("who", r.Who), ("why", r.Why))),
        Ended r => (r.Id, Object(("outcome", Wire.Name(r.Outcome)), ("reason", Reason(r.Reason)), ("branches", Ends(r.Details)))),
        UnknownSettled r => (r.Id, Object(("outcome", Wire.Name(r.Outcome)), ("who", r.Who), ("why", r.Why))),
        Locked r => (r.Id, Object(("locks", Held(r.Locks)))),
        TokensReserved r => (null, Object(("upTo", r.UpTo))),
        CheckpointStarted r => (null, Object(("transactions", r.Transactions))),
        EpochKnown r => (null, Object(("number", r.Number), ("nonce", Hex(r.Nonce)), ("restored", r.Restored), ("forgottenUpTo", r.ForgottenUpTo))),
        TransactionSnapshot r => Image(TransactionImageReader.Read(r.Image.Span)),
        CheckpointEnded => (null, []),
        SagaRecord r => (r.Id, SagaRecordDescriptions.Fields(r)),
        SagaRemembered r => (r.Record.Id, Object(("record", r.Record.GetType().Name), ("at", r.Record.At.ToString()), ("fields", SagaRecordDescriptions.Fields(r.Record)))),
        _ => (null, Object(("text", record.ToString()))),
    };

    private static JsonObject Begin(Begun record)
    {
        var header = record.Header;
        return Object(
            ("name", header.Name),
            ("opened", header.Opened),
            ("deadline", header.Deadline.ToString()),
            ("labels", header.Labels.Count == 0 ? null : Object([.. header.Labels.Select(l => (l.Key, (JsonNode?)l.Value))])),
            ("idempotencyKey", header.Key?.Value),
            ("traceparent", header.TraceParent),
            ("branches", Array(record.Branches, Branch)));
    }

    private static JsonObject Branch(BranchHeader branch) =>
        Object(("id", branch.Id), ("participant", branch.Participant), ("onePhase", branch.Flags.OnePhase), ("inquires", branch.Flags.Inquires));

    private static JsonArray? Prepared(Decided record) =>
        record.Outcome == Outcome.Aborted ? null : Array(record.Prepared, p => Object(("branchIndex", p.Branch), ("evidence", p.Evidence)));

    private static JsonArray Held(IReadOnlyList<HeldLock> locks) =>
        Array(locks, l => Object(("key", l.Key), ("mode", Wire.Name(l.Mode)), ("fencingToken", l.Token)));

    private static JsonArray Ends(EndDetails details) =>
        Array(details.Branches, b => Object(("state", Wire.Name(b.State)), ("vote", b.Vote is { } vote ? Wire.Name(vote) : null)));

    private static (TransactionId?, JsonObject) Image(ImageOfTransaction image) => (image.Id, Object(
        ("name", image.Name),
        ("createdAt", image.CreatedAt.ToString()),
        ("deadline", image.Deadline.ToString()),
        ("state", Wire.Name(image.State)),
        ("outcome", image.Outcome is { } outcome ? Wire.Name(outcome) : null),
        ("onePhase", image.OnePhase),
        ("branches", Array(image.Branches, b => Object(
            ("id", b.Id),
            ("participant", b.Participant),
            ("state", Wire.Name(b.State)),
            ("vote", b.Vote is { } vote ? Wire.Name(vote) : null),
            ("settledAs", b.Settled is { } settled ? Wire.Name(settled) : null))))));

    private static JsonObject? Reason(AbortReason? reason) =>
        reason is null ? null : Object(("code", Wire.Name(reason.Code)), ("participant", reason.Participant), ("message", reason.Message));

    private static string Hex(ulong number) => number.ToString("x11", System.Globalization.CultureInfo.InvariantCulture);
}
