namespace Concordat.Orders.Tests;

/// <summary>samples/Orders, run as a person runs it.</summary>
public sealed class SampleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_order_is_in_all_of_its_databases_or_in_none_on_private_servers(bool kill)
    {
        NeedServers();
        await EndsWellAsync([.. Programs.Beside("Orders.dll", "--orders", "5"), .. kill ? ["--kill"] : Array.Empty<string>()], kill);
    }

    [Fact]
    public async Task It_runs_on_databases_that_the_environment_names()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var mariaDb = await MariaDbServer.StartAsync();
        string[] environment =
        [
            $"ConnectionStrings__Orders={(await postgres.CreateDatabaseAsync()).ConnectionString}",
            $"ConnectionStrings__Billing={(await postgres.CreateDatabaseAsync()).ConnectionString}",
            $"ConnectionStrings__Stock={(await mariaDb.CreateDatabaseAsync()).ConnectionString}",
        ];

        // Twice: what the first run left there does not confuse the second.
        for (var run = 0; run < 2; run++)
        {
            await EndsWellAsync(["env", .. environment, .. Programs.Beside("Orders.dll", "--orders", "5")], kill: false);
        }
    }

    [Fact]
    public async Task Half_an_environment_is_refused()
    {
        var (exitCode, output) = await Child.RunAsync(TextWriter.Null, ["env", "ConnectionStrings__Orders=Host=nowhere", .. Programs.Beside("Orders.dll")]);
        Assert.Equal(2, exitCode);
        Assert.Contains("ConnectionStrings__Stock", output, StringComparison.Ordinal);
    }

    private static async Task EndsWellAsync(string[] command, bool kill)
    {
        await using var sample = await Child.StartAsync(TextWriter.Null, command);
        var exitCode = await Until.EndsAsync("the sample", sample.Exited, Limit);
        Assert.True(exitCode == 0, $"it ended with {exitCode} and said\n{sample.Output}");
        Assert.Contains("nothing is left prepared", sample.Output, StringComparison.Ordinal);
        Assert.Equal(kill ? 2 : 0, sample.Output.Split("killed the API").Length - 1);
    }

    private static void NeedServers()
    {
        if (ServerPrograms.Postgres("postgres") is null || ServerPrograms.MariaDb("mariadbd") is null)
        {
            throw NotRun.Because("PostgreSQL or MariaDB is not installed");
        }
    }
}
