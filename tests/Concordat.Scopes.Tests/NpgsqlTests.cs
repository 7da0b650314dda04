using System.Transactions;
using Npgsql;

namespace Concordat.Scopes.Tests;

/// <summary>Npgsql as it comes, in scopes over two databases.</summary>
public sealed class NpgsqlTests(SharedServers servers)
{
    [Fact]
    public async Task Two_databases_commit_together_and_what_is_prepared_has_the_transactions_id_and_the_backends()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        string[] atDecision = [];
        two.OnCommit = send =>
        {
            atDecision = [.. Task.Run(async () => (string[])[.. await TwoDatabases.PreparedAsync(two.Orders), .. await TwoDatabases.PreparedAsync(two.Billing)]).Result];
            return send();
        };
        ConcordatScope scope;
        int[] pids;
        using (scope = two.Client.CreateScope())
        {
            await using var orders = await two.Orders.OpenAsync();
            await using var billing = await two.Billing.OpenAsync();
            pids = [((NpgsqlConnection)orders).ProcessID, ((NpgsqlConnection)billing).ProcessID];
            await orders.ExecuteAsync("INSERT INTO entries VALUES (1)");
            await billing.ExecuteAsync("INSERT INTO entries VALUES (1)");
            scope.Complete();
            Assert.Empty(atDecision);
        }

        Assert.Equal(pids.Select(pid => $"{scope.Id}/{pid}"), atDecision);
        Assert.Equal((1, 1), await two.CountAsync());
        await two.NothingIsPreparedAsync();
        foreach (var database in two.Both)
        {
            Assert.Empty(await two.SweepAsync(database));
        }

        Assert.Equal(TransactionState.Committed, (await two.LookAsync(scope.Id!.Value)).State);
    }

    [Fact]
    public async Task Left_without_complete_both_roll_back()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        using (two.Client.CreateScope())
        {
            await TwoDatabases.InsertAsync(two.Orders);
            await TwoDatabases.InsertAsync(two.Billing);
        }

        Assert.Equal((0, 0), await two.CountAsync());
        await two.NothingIsPreparedAsync();
    }

    [Fact]
    public async Task What_one_database_refuses_when_it_prepares_neither_has()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        await TwoDatabases.InsertAsync(two.Billing);
        var scope = two.Client.CreateScope();
        await TwoDatabases.InsertAsync(two.Orders);
        await TwoDatabases.InsertAsync(two.Billing);
        scope.Complete();
        var aborted = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Equal(PostgresErrorCodes.UniqueViolation, Assert.IsType<PostgresException>(aborted.InnerException).SqlState);
        Assert.Equal((0, 1), await two.CountAsync());
        await two.NothingIsPreparedAsync();
    }

    [Fact]
    public async Task A_nested_scope_on_the_other_database_shares_the_outcome()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        using (two.Client.CreateScope())
        {
            await TwoDatabases.InsertAsync(two.Orders);
            await InnerAsync(two);
        }

        Assert.Equal((0, 0), await two.CountAsync());
        using (var outer = two.Client.CreateScope())
        {
            await TwoDatabases.InsertAsync(two.Orders);
            await InnerAsync(two);
            outer.Complete();
        }

        Assert.Equal((1, 1), await two.CountAsync());

        static async Task InnerAsync(TwoDatabases two)
        {
            using var inner = two.Client.CreateScope();
            await TwoDatabases.InsertAsync(two.Billing);
            inner.Complete();
        }
    }

    [Fact]
    public async Task A_suppressed_scope_keeps_what_the_outer_one_loses()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        using (two.Client.CreateScope())
        {
            await TwoDatabases.InsertAsync(two.Orders);
            using var suppressed = two.Client.CreateScope(TransactionScopeOption.Suppress);
            await TwoDatabases.InsertAsync(two.Billing);
        }

        Assert.Equal((0, 1), await two.CountAsync());
    }

    [Fact]
    public async Task A_single_connection_prepares_too_and_commits()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        using (var scope = two.Client.CreateScope(new ScopeOptions { Resources = ["orders"] }))
        {
            await TwoDatabases.InsertAsync(two.Orders);
            scope.Complete();
        }

        Assert.Equal((1, 0), await two.CountAsync());
        await two.NothingIsPreparedAsync();
    }

    [Fact]
    public async Task A_connection_goes_on_after_its_scope()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        await using var connection = new NpgsqlConnection(two.Orders.ConnectionString);
        using (var scope = two.Client.CreateScope())
        {
            await connection.OpenAsync();
            await connection.ExecuteAsync("INSERT INTO entries VALUES (1)");
            scope.Complete();
        }

        await connection.ExecuteAsync("INSERT INTO entries VALUES (2)");
        Assert.Equal((2, 0), await two.CountAsync());
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_has_committed_both()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        var lost = false;
        two.OnCommit = send =>
        {
            var response = send();
            if (lost)
            {
                return response;
            }

            lost = true;
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
        };
        await InsertBothAsync(two);
        Assert.True(lost);
        Assert.Equal((1, 1), await two.CountAsync());
        await two.NothingIsPreparedAsync();
    }

    [Fact]
    public async Task A_coordinator_that_restarts_before_the_decision_aborts_both_and_after_it_commits_both()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        two.OnCommit = send =>
        {
            two.OnCommit = static again => again();
            two.Coordinator.Restart();
            return send();
        };
        await Assert.ThrowsAsync<TransactionAbortedException>(() => InsertBothAsync(two));
        Assert.Equal((0, 0), await two.CountAsync());

        two.OnCommit = send =>
        {
            two.OnCommit = static again => again();
            send().Dispose();
            two.Coordinator.Restart();
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
        };
        await InsertBothAsync(two);
        Assert.Equal((1, 1), await two.CountAsync());
        await two.NothingIsPreparedAsync();
    }

    [Fact]
    public async Task Many_scopes_at_once_over_pooled_connections_all_commit()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        await using var orders = NpgsqlDataSource.Create(two.Orders.ConnectionString + ";Pooling=true");
        await using var billing = NpgsqlDataSource.Create(two.Billing.ConnectionString + ";Pooling=true");
        var work = Enumerable.Range(0, 8).Select(worker => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < 5; i++)
                {
                    using var scope = two.Client.CreateScope();
                    foreach (var source in (NpgsqlDataSource[])[orders, billing])
                    {
                        using var connection = source.OpenConnection();
                        using var command = new NpgsqlCommand($"INSERT INTO entries VALUES ({worker * 100 + i})", connection);
                        command.ExecuteNonQuery();
                    }

                    scope.Complete();
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        await Task.WhenAll(work);
        Assert.Equal((40, 40), await two.CountAsync());
        await two.NothingIsPreparedAsync();
    }

    /// <summary>PostgreSQL answers PREPARE TRANSACTION of a failed transaction with a rollback, and Npgsql takes that for prepared.</summary>
    [Fact]
    public async Task Unsafe_a_scope_that_completes_after_it_swallowed_an_error_of_a_statement_loses_that_databases_part()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        using (var scope = two.Client.CreateScope())
        {
            await TwoDatabases.InsertAsync(two.Orders);
            await using var billing = await two.Billing.OpenAsync();
            await billing.ExecuteAsync("INSERT INTO entries VALUES (1)");
            await Assert.ThrowsAsync<PostgresException>(() => billing.ExecuteAsync("SELECT 1/0"));
            scope.Complete();
        }

        Assert.Equal((1, 0), await two.CountAsync());
    }

    private static async Task InsertBothAsync(TwoDatabases two)
    {
        using var scope = two.Client.CreateScope();
        await TwoDatabases.InsertAsync(two.Orders);
        await TwoDatabases.InsertAsync(two.Billing);
        scope.Complete();
    }
}
