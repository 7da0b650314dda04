using System.Collections.Concurrent;
using System.Transactions;

namespace Concordat.Client.Tests.Scopes;

/// <summary>Does what an ADO.NET driver does in a scope: enlists, prepares under a name that begins with the distributed identifier, and then obeys.</summary>
internal sealed class FakeDriver : IEnlistmentNotification
{
    private readonly Transaction _transaction;
    private readonly ConcurrentQueue<string> _heard;
    private readonly string _name;

    private FakeDriver(string name, Transaction transaction, ConcurrentQueue<string> heard) => (_name, _transaction, _heard) = (name, transaction, heard);

    public Action? OnPrepare { get; init; }

    public Action? OnCommit { get; init; }

    public bool VotesNo { get; init; }

    /// <summary>What it was told, in order, across all that share the queue.</summary>
    public string[] Heard => [.. _heard];

    public string? Prepared { get; private set; }

    /// <summary>As a connection that is opened here and now.</summary>
    public static FakeDriver Open(string name = "driver", ConcurrentQueue<string>? heard = null, Action? onPrepare = null, Action? onCommit = null, bool votesNo = false)
    {
        var transaction = Transaction.Current!;
        var driver = new FakeDriver(name, transaction, heard ?? new()) { OnPrepare = onPrepare, OnCommit = onCommit, VotesNo = votesNo };
        transaction.EnlistVolatile(driver, EnlistmentOptions.None);
        return driver;
    }

    public void Prepare(PreparingEnlistment preparingEnlistment)
    {
        Prepared = $"{_transaction.TransactionInformation.DistributedIdentifier}/{_name}";
        _heard.Enqueue($"{_name} prepare");
        OnPrepare?.Invoke();
        if (VotesNo)
        {
            preparingEnlistment.ForceRollback(new InvalidOperationException("a unique constraint"));
        }
        else
        {
            preparingEnlistment.Prepared();
        }
    }

    public void Commit(Enlistment enlistment)
    {
        _heard.Enqueue($"{_name} commit");
        OnCommit?.Invoke();
        enlistment.Done();
    }

    public void Rollback(Enlistment enlistment)
    {
        _heard.Enqueue($"{_name} rollback");
        enlistment.Done();
    }

    public void InDoubt(Enlistment enlistment)
    {
        _heard.Enqueue($"{_name} in doubt");
        enlistment.Done();
    }
}
