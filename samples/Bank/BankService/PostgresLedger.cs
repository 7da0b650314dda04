using Concordat.Client.Participants;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Concordat.Samples.Bank.BankService;

/// <summary>
/// The same bank on PostgreSQL, whose prepared state is the database's own:
/// <code>
///   Prepare   UPDATE …, PREPARE TRANSACTION     the rows stay locked, through any crash, until one of the others comes
///   Commit    COMMIT PREPARED
///   Rollback  ROLLBACK PREPARED
/// </code>
/// A crash may fall between the database and the participant's log, so every call may come again and finds out by the branch's name what the first one did.
/// </summary>
internal sealed class PostgresLedger(NpgsqlDataSource database) : IResourceManager, IAccounts, IHostedService
{
    private const string UndefinedObject = "42704", LockNotAvailable = "55P03", DeadlockDetected = "40P01", UniqueViolation = "23505";

    /// <summary>
    /// Two transfers that lock the same two accounts in different orders, one at each bank, would wait for each other for ever, and no database can see
    /// both waits: after this time one of them is refused.
    /// </summary>
    private const string Limit = "SET LOCAL lock_timeout = '1s'";

    /// <summary>
    /// Before the first call: a session of a process that died may still be preparing its branch, after this process has been told to roll it back.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await RunAsync(connection, "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", cancellationToken);

        // A row in "branches" tells a branch that has committed from one that never was.
        await RunAsync(connection, "CREATE TABLE IF NOT EXISTS accounts (name text PRIMARY KEY, cents bigint NOT NULL CHECK (cents >= 0)); CREATE TABLE IF NOT EXISTS branches (name text PRIMARY KEY)", cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<VoteResult> PrepareAsync(BranchContext branch, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await RunAsync(connection, "SELECT count(*) FROM pg_prepared_xacts WHERE gid = $1 AND database = current_database()", cancellationToken, branch.Key) == 1)
        {
            return VoteResult.Yes();
        }

        // Leaving it without PREPARE undoes it.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await RunAsync(connection, Limit, cancellationToken);
            foreach (var posting in branch.Operations.Select(Posting.Parse).OrderBy(p => p.Account, StringComparer.Ordinal))
            {
                if (await RefusalAsync(connection, posting, cancellationToken) is { } refusal)
                {
                    return VoteResult.No(refusal);
                }
            }

            await RunAsync(connection, "INSERT INTO branches VALUES ($1)", cancellationToken, branch.Key);
            await RunAsync(connection, $"PREPARE TRANSACTION '{branch.Key}'", cancellationToken);
            return VoteResult.Yes();
        }
        catch (PostgresException e) when (e.SqlState is LockNotAvailable or DeadlockDetected)
        {
            return VoteResult.No($"{Reasons.AccountBusy}: {e.MessageText}");
        }
    }

    private static async Task<string?> RefusalAsync(NpgsqlConnection connection, Posting posting, CancellationToken cancellationToken)
    {
        var change = posting.Kind == PostingKind.Debit ? -posting.Cents : posting.Cents;
        const string Change = "UPDATE accounts SET cents = cents + $2 WHERE name = $1 AND cents + $2 BETWEEN 0 AND $3 RETURNING cents";
        if (await RunAsync(connection, Change, cancellationToken, posting.Account, change, Account.MaxCents) is not null)
        {
            return null;
        }

        return await RunAsync(connection, "SELECT cents FROM accounts WHERE name = $1", cancellationToken, posting.Account) switch
        {
            null => $"{Reasons.NoSuchAccount}: '{posting.Account}'",
            var cents when posting.Kind == PostingKind.Debit => $"{Reasons.InsufficientFunds}: '{posting.Account}' has {cents} cents, {posting.Cents} are asked for",
            _ => $"{Reasons.AccountFull}: '{posting.Account}' would hold more than {Account.MaxCents} cents",
        };
    }

    public async Task CommitAsync(BranchContext branch, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            await RunAsync(connection, $"COMMIT PREPARED '{branch.Key}'", cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == UndefinedObject)
        {
            if (await RunAsync(connection, "SELECT count(*) FROM branches WHERE name = $1", cancellationToken, branch.Key) == 0)
            {
                throw new BranchNotHeldException($"{branch.Key} is neither prepared nor committed in this database", e);
            }
        }
    }

    public async Task RollbackAsync(BranchContext branch, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            await RunAsync(connection, $"ROLLBACK PREPARED '{branch.Key}'", cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == UndefinedObject)
        {
            // It never was prepared, or this call comes again.
        }
    }

    public async Task OpenAsync(IReadOnlyList<Opening> openings, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("INSERT INTO accounts SELECT * FROM unnest($1, $2)");
        command.Parameters.Add(new() { Value = openings.Select(o => o.Account).ToArray() });
        command.Parameters.Add(new() { Value = openings.Select(o => o.Cents).ToArray() });
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == UniqueViolation)
        {
            throw new ArgumentException($"an account exists already: {e.Detail}", nameof(openings), e);
        }
    }

    /// <summary>What is prepared nobody sees here: an account shows what it had before.</summary>
    public async Task<SortedDictionary<string, Account>> AllAsync(CancellationToken cancellationToken)
    {
        var accounts = new SortedDictionary<string, Account>(StringComparer.Ordinal);
        await using var command = database.CreateCommand("SELECT name, cents FROM accounts");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            accounts.Add(reader.GetString(0), new Account(reader.GetInt64(1)));
        }

        return accounts;
    }

    /// <summary>The number in the first row, where there is one.</summary>
#pragma warning disable CA2100 // Put together from constants and the ids of branches, which are letters, digits and hyphens.
    private static async Task<long?> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new() { Value = parameter });
        }

        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }
#pragma warning restore CA2100
}
