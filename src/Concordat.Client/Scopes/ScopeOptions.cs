using System.Transactions;

namespace Concordat.Client;

/// <summary>How a scope is made. All but <see cref="Option"/>, <see cref="IsolationLevel"/> and <see cref="Timeout"/> is the outer scope's where one is joined.</summary>
public sealed record ScopeOptions
{
    /// <summary>As of a <see cref="TransactionScope"/>: join the scope around this one (the default), begin one of its own, or suppress.</summary>
    public TransactionScopeOption Option { get; init; } = TransactionScopeOption.Required;

    /// <summary>Of what is begun: <see cref="System.Transactions.IsolationLevel.ReadCommitted"/> where it is null. Of what is joined: must be the same where it is not null.</summary>
    public IsolationLevel? IsolationLevel { get; init; }

    /// <summary>
    /// Until when it must be completed and all votes be in; scope and coordinator keep the same. Null: <see cref="TransactionManager.DefaultTimeout"/>.
    /// More than 0, at most <see cref="TransactionManager.MaximumTimeout"/> and at most a day.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>As of every transaction: 1 to 128 of letters, digits and <c>. _ - : /</c>.</summary>
    public string? Name { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>
    /// The databases that may be used inside, by the names under which they were added to the client. Null: all of them, or all of the scope
    /// that is joined. Using another one inside is not safe: nobody would look there for what a dead process left prepared.
    /// </summary>
    public IReadOnlyCollection<string>? Resources { get; init; }
}
