using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Dialects;

public abstract partial class DialectTests
{
    [Theory]
    [InlineData(true, 1, BranchFate.Committed)]
    [InlineData(false, 0, BranchFate.RolledBack)]
    public async Task A_server_that_is_killed_after_the_prepare_still_has_the_branch(bool commit, int value, object fate)
    {
        await using var server = await NewServerAsync();
        var database = await CreateDatabaseAsync(server);
        var name = NewName();
        string evidence;
        await using (var connection = await database.OpenAsync())
        {
            evidence = await PrepareAsync(connection, name);
            await server.RestartAsync();
        }

        Assert.True((await ListedAsync(name, database))!.IsOfThisDatabase);
        Assert.Equal(BranchFate.StillRunning, await FateAsync(name, evidence, database));
        Assert.Equal(FinishResult.Done, await FinishAsync(commit, name, evidence, database));

        // And after the second phase too, it is known how it ended. A rollback may have to be repeated.
        await server.RestartAsync();
        if (!commit && await ListedAsync(name, database) is not null)
        {
            Assert.Equal(FinishResult.Done, await FinishAsync(commit, name, evidence, database));
        }

        Assert.Equal((BranchFate)fate, await FateAsync(name, evidence, database));
        Assert.Equal(FinishResult.NotThere, await FinishAsync(commit, name, evidence, database));
        Assert.Equal(value, await database.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
    }

    /// <summary>Many connections prepare, the server is killed in the middle: every yes is kept, and nothing else is invented.</summary>
    [Fact]
    public async Task What_said_yes_is_there_after_the_server_was_killed_among_many_prepares()
    {
        const int Writers = 6;
        await using var server = await NewServerAsync();
        var database = await CreateDatabaseAsync(server);
        await database.ExecuteAsync("CREATE TABLE w (id int)");
        var promised = new System.Collections.Concurrent.ConcurrentDictionary<BranchName, string>();
        var writers = Enumerable.Range(0, Writers).Select(_ => Task.Run(() => PrepareUntilItFailsAsync(database, promised))).ToArray();
        await Until.TrueAsync("some are prepared", () => promised.Count > 20 || writers.Any(writer => writer.IsCompleted));

        await server.KillAsync();
        await Until.EndsAsync("the writers", Task.WhenAll(writers));
        await server.StartAgainAsync();

        await using var connection = await database.OpenAsync();
        var listed = (await Dialect.ListAsync(connection, withLocks: true, None)).Select(branch => branch.Name!.Value).ToHashSet();
        Assert.NotEmpty(promised);
        Assert.All(promised.Keys, name => Assert.Contains(name, listed));
        foreach (var name in listed)
        {
            Assert.Equal(FinishResult.Done, await FinishAsync(connection, promised.ContainsKey(name), name, promised.GetValueOrDefault(name)));
        }

        Assert.Equal(promised.Count, await connection.ScalarAsync<int>("SELECT count(*) FROM w"));
        foreach (var (name, evidence) in promised)
        {
            Assert.Equal(BranchFate.Committed, await Dialect.FateAsync(connection, name, evidence, None));
        }
    }

    /// <summary>The session is ended before the commit: the answer is lost, and the fate is read.</summary>
    [Fact]
    public async Task A_one_phase_commit_of_a_lost_session_is_rolled_back_or_told_by_its_evidence()
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await BeginAndWriteAsync(connection, name);
        var evidence = await OfferAsync(branch);
        await using var administration = await Database.OpenAsync();
        await EndSessionAsync(administration, await SessionIdAsync(connection));

        var fate = await branch.CommitOnePhaseAsync(None) switch
        {
            OnePhase.RolledBack => BranchFate.RolledBack,
            OnePhase.Unknown => await FateAsync(name, evidence),
            var other => throw new InvalidOperationException($"{other}"),
        };

        Assert.Equal(BranchFate.RolledBack, fate);
        Assert.Equal(0, await ValueAsync());
    }

    [Fact]
    public async Task A_one_phase_commit_is_durable_when_it_is_answered()
    {
        await using var server = await NewServerAsync();
        var database = await CreateDatabaseAsync(server);
        await using (var connection = await database.OpenAsync())
        {
            for (var i = 1; i <= 3; i++)
            {
                var branch = await BeginAndWriteAsync(connection, NewName());
                await OfferAsync(branch);
                Assert.IsType<OnePhase.Committed>(await branch.CommitOnePhaseAsync(None));
            }

            await server.RestartAsync();
        }

        Assert.Equal(3, await database.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
    }

    private async Task PrepareUntilItFailsAsync(TestDatabase database, System.Collections.Concurrent.ConcurrentDictionary<BranchName, string> promised)
    {
        try
        {
            while (promised.Count < 100)
            {
                await using var connection = await database.OpenAsync();
                var name = NewName();
                var branch = await Dialect.BeginAsync(connection, name, System.Data.IsolationLevel.ReadCommitted, None);
                await connection.ExecuteAsync("INSERT INTO w VALUES (1)");
                if (await branch.PrepareAsync(None) is not Preparation.Prepared prepared)
                {
                    return;
                }

                promised[name] = prepared.Evidence;
            }
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException or IOException)
        {
            // The server is gone: before the branch could begin or write.
        }
    }
}
