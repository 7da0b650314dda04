using System.Text.Json;
using Concordat.Client.Participants;

namespace Concordat.Samples.Bank.BankService;

/// <summary>What a bank does with its accounts outside any transaction.</summary>
internal interface IAccounts
{
    /// <summary>All that are given, or none; durable when it returns.</summary>
    /// <exception cref="ArgumentException">One of them exists already.</exception>
    Task OpenAsync(IReadOnlyList<Opening> openings, CancellationToken cancellationToken);

    Task<SortedDictionary<string, Account>> AllAsync(CancellationToken cancellationToken);
}

/// <summary>Those of the <see cref="Ledger"/>, which the SDK keeps in the participant's log.</summary>
internal sealed class LoggedAccounts(Ledger ledger, IParticipant participant) : IAccounts
{
    public Task OpenAsync(IReadOnlyList<Opening> openings, CancellationToken cancellationToken) =>
        participant.ApplyAsync(JsonSerializer.SerializeToUtf8Bytes(openings, JsonSerializerOptions.Web), cancellationToken);

    public Task<SortedDictionary<string, Account>> AllAsync(CancellationToken cancellationToken) => participant.ReadAsync(ledger.Accounts, cancellationToken);
}
