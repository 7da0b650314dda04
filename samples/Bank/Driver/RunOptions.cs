namespace Concordat.Samples.Bank.Driver;

/// <param name="Accounts">Over both banks together.</param>
/// <param name="Kills">Of each of the three processes.</param>
/// <param name="Seed">Chooses balances, transfers, and where the kills fall.</param>
/// <param name="Store">Where the banks keep their accounts.</param>
/// <param name="Locks">Whether and how transfers lock their accounts at the coordinator.</param>
/// <param name="Keep">Everything is up afterwards, until Ctrl-C, and the data stays.</param>
internal sealed record RunOptions(int Transfers, int Concurrency, int Accounts, int Kills, int Seed, bool Keep, Store Store = Store.Log, LockOrder Locks = LockOrder.None)
{
    public static readonly RunOptions Full = new(Transfers: 10_000, Concurrency: 64, Accounts: 1_000, Kills: 3, Seed: 0, Keep: false);

    public static readonly RunOptions Short = Full with { Transfers = 2_000, Kills = 1 };
}

internal enum Store
{
    /// <summary>In the log that the SDK keeps.</summary>
    Log,

    /// <summary>In a database for each bank, on a server that is killed, too.</summary>
    Postgres,
}
