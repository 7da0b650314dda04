using System.Buffers;
using System.Text.Json;
using Concordat.Client.Participants;

namespace Concordat.Samples.Bank.BankService;

/// <summary>
/// The bank's accounts, and its half of two-phase commit:
/// <code>
///   Prepare   "could you do this?"   look, set the money aside, vote      nothing final, but it can no longer fail
///   Commit    "do it"                what was set aside becomes final     only after every bank has voted yes
///   Rollback  "leave it"             what was set aside is given back     because somebody voted no, or did not answer
/// </code>
/// Between Prepare and the second call the bank is <em>in doubt</em>: it has promised to be able to do either, and must keep that
/// promise through a crash. It need not care how: the SDK calls these methods one at a time, writes each one down before anybody
/// hears of it, calls Commit or Rollback exactly once for every yes, and after a crash replays what was written in the same order.
/// That is why there is no file, no lock and no clock in this class: the same calls always lead to the same accounts.
/// </summary>
internal sealed class Ledger : ILoggedResourceManager
{
    private SortedDictionary<string, Account> _accounts = new(StringComparer.Ordinal);

    public VoteResult Prepare(BranchContext branch)
    {
        // 1. Look, on copies. After a yes the bank cannot say no any more, so everything that could go wrong must be found here.
        //    (An exception, such as a posting that cannot be read, is a no as well.)
        var after = new Dictionary<string, Account>(StringComparer.Ordinal);
        foreach (var operation in branch.Operations)
        {
            var posting = Posting.Parse(operation);
            if (!after.TryGetValue(posting.Account, out var account) && !_accounts.TryGetValue(posting.Account, out account))
            {
                return VoteResult.No($"{Reasons.NoSuchAccount}: '{posting.Account}'");
            }

            if (posting.Kind == PostingKind.Debit && account.Available < posting.Cents)
            {
                return VoteResult.No($"{Reasons.InsufficientFunds}: '{posting.Account}' has {account.Available} cents available, {posting.Cents} are asked for");
            }

            account = account.SetAside(posting);
            if (!account.IsSound)
            {
                return VoteResult.No($"{Reasons.AccountFull}: '{posting.Account}' would hold more than {Account.MaxCents} cents");
            }

            after[posting.Account] = account;
        }

        // 2. Set aside. Debited money is held, so no other transfer can spend it; credited money is not there yet for anybody.
        foreach (var (name, account) in after)
        {
            _accounts[name] = account;
        }

        return VoteResult.Yes();
    }

    public void Commit(BranchContext branch) => Change(branch, static (account, posting) => account.MakeFinal(posting));

    public void Rollback(BranchContext branch) => Change(branch, static (account, posting) => account.GiveBack(posting));

    private void Change(BranchContext branch, Func<Account, Posting, Account> step)
    {
        foreach (var operation in branch.Operations)
        {
            var posting = Posting.Parse(operation);
            var account = step(_accounts[posting.Account], posting);

            // Cannot be: Prepare has made sure. If it is, the accounts are wrong, and stopping is better than going on with them.
            _accounts[posting.Account] = account.IsSound
                ? account
                : throw new InvalidOperationException($"Account '{posting.Account}' would become {account} by {posting} of branch {branch.Key}");
        }
    }

    /// <summary>Opens accounts: all that are given, or none. Not part of any transaction.</summary>
    public void Apply(ReadOnlySpan<byte> change)
    {
        var openings = JsonSerializer.Deserialize<Opening[]>(change, JsonSerializerOptions.Web) ?? [];
        foreach (var opening in openings)
        {
            if (_accounts.ContainsKey(opening.Account) || !new Account(opening.Cents).IsSound)
            {
                throw new ArgumentException($"account '{opening.Account}' exists already, or {opening.Cents} cents is no amount to open it with", nameof(change));
            }
        }

        foreach (var opening in openings)
        {
            _accounts[opening.Account] = new Account(opening.Cents);
        }
    }

    // What Save writes replaces the records before it, so that the log does not grow for ever. Money set aside is part of it.
    public void Save(IBufferWriter<byte> to)
    {
        using var json = new Utf8JsonWriter(to);
        JsonSerializer.Serialize(json, _accounts, JsonSerializerOptions.Web);
    }

    public void Load(ReadOnlySpan<byte> saved) =>
        _accounts = new(JsonSerializer.Deserialize<Dictionary<string, Account>>(saved, JsonSerializerOptions.Web) ?? [], StringComparer.Ordinal);

    /// <summary>A copy, for readers outside.</summary>
    public SortedDictionary<string, Account> Accounts() => new(_accounts, StringComparer.Ordinal);
}

/// <param name="Cents">The first balance.</param>
internal sealed record Opening(string Account, long Cents);

/// <summary>How a bank's no begins; what follows the colon is about the one account.</summary>
internal static class Reasons
{
    public const string InsufficientFunds = "insufficient funds";
    public const string NoSuchAccount = "no such account";
    public const string AccountFull = "account full";
    public const string AccountBusy = "account busy";
}
