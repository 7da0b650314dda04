namespace Concordat.Samples.Bank.Driver;

/// <summary>What the driver was told about one transfer.</summary>
/// <param name="Reason">Of an abort, in the words of the table.</param>
internal sealed record TransferResult(Transfer Transfer, TransactionId Id, Outcome Outcome, string? Reason, TimeSpan Latency)
{
    public static TransferResult From(Transfer transfer, TransactionDocument document, TimeSpan latency) =>
        new(transfer, document.Id, document.Outcome!.Value, InWords(document.Reason), latency);

    public static TransferResult From(Transfer transfer, TransactionId id, AbortReason? reason, TimeSpan latency) =>
        new(transfer, id, reason is null ? Outcome.Committed : Outcome.Aborted, InWords(reason), latency);

    private static string? InWords(AbortReason? reason) => reason switch
    {
        null => null,

        // The bank's own words, without what is about the one account.
        { Code: AbortCode.VoteNo } => reason.Message?.Split(':')[0] ?? "a bank said no",
        { Code: AbortCode.Recovery } => "the coordinator died before deciding",
        { Code: AbortCode.Timeout } => "not decided in time",
        { Code: AbortCode.Unreachable } => "a bank could not be reached",
        _ => reason.Code.ToString(),
    };
}
