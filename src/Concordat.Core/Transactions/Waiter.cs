namespace Concordat.Core.Transactions;

/// <summary>A caller who is answered later. Inquiries and those who wait for the end have a time limit: the waiter is its timer.</summary>
internal sealed class Waiter(Transaction transaction, Caller caller, WaitsFor waitsFor) : TimerNode
{
    internal Transaction Transaction { get; } = transaction;
    internal Caller Caller { get; } = caller;
    internal WaitsFor WaitsFor { get; } = waitsFor;
}

internal enum WaitsFor
{
    /// <summary>The decision, whichever.</summary>
    Outcome,

    /// <summary>The decision, hoping for abort: a commit is an error to this caller.</summary>
    Rollback,

    /// <summary>The decision, to finish a prepared branch by it.</summary>
    Inquiry,

    /// <summary>Every acknowledgement.</summary>
    End,
}
