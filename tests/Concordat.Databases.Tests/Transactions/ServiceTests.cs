using System.Net;
using Concordat.Client;
using Concordat.Client.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Databases.Tests.Transactions;

/// <summary>A transaction of an application on PostgreSQL that calls a service, which has a PostgreSQL and a MariaDB of its own.</summary>
public sealed class ServiceTests(SharedServers servers)
{
    private const string Add = "UPDATE t SET v = v + 1 WHERE id = 1";

    [Fact]
    public async Task Application_and_service_commit_on_their_three_databases_and_no_sweep_is_needed()
    {
        await using var rig = await TransactionRig.StartAsync(servers, sweeping: false);
        await using var service = await StartServiceAsync(rig);
        await using (var transaction = await rig.Client.BeginAsync())
        {
            await (await transaction.OpenAsync("orders")).ExecuteAsync(Add);
            Assert.Equal(HttpStatusCode.OK, await CallAsync(service, transaction));
            Assert.Equal((0, 0, 0), await rig.ValuesAsync());
            await transaction.CommitAsync();
        }

        await Until.TrueAsync("all three are committed", async () => await rig.ValuesAsync() == (1, 1, 1));
        Assert.Equal(0, await rig.PreparedAsync());
    }

    [Fact]
    public async Task What_the_application_does_not_commit_the_service_undoes()
    {
        await using var rig = await TransactionRig.StartAsync(servers, sweeping: false);
        await using var service = await StartServiceAsync(rig);
        await using (var transaction = await rig.Client.BeginAsync())
        {
            Assert.Equal(HttpStatusCode.OK, await CallAsync(service, transaction));
            Assert.Equal(2, await rig.PreparedAsync());
        }

        await Until.TrueAsync("both are undone", async () => await rig.PreparedAsync() == 0);
        Assert.Equal((0, 0, 0), await rig.ValuesAsync());
    }

    /// <summary>Two services have the same database: each has a branch of its own, and the second must not wait for what the first has locked.</summary>
    [Fact]
    public async Task Two_calls_of_one_transaction_are_two_branches()
    {
        await using var rig = await TransactionRig.StartAsync(servers, sweeping: false);
        await using var service = await StartServiceAsync(rig, "INSERT INTO t VALUES ({0}, 0)");
        await using (var transaction = await rig.Client.BeginAsync())
        {
            Assert.Equal(HttpStatusCode.OK, await CallAsync(service, transaction, "2"));
            Assert.Equal(HttpStatusCode.OK, await CallAsync(service, transaction, "3"));
            Assert.Equal(4, await rig.PreparedAsync());
            await transaction.CommitAsync();
        }

        await Until.TrueAsync("four branches are committed", async () =>
            await rig["billing"].ScalarAsync<int>("SELECT count(*) FROM t") == 3 && await rig["stock"].ScalarAsync<int>("SELECT count(*) FROM t") == 3);
    }

    private static async Task<HttpStatusCode> CallAsync(WebApplication service, ConcordatTransaction transaction, string row = "1")
    {
        var services = new ServiceCollection();
        services.AddHttpClient("service", http => http.BaseAddress = new Uri(service.Urls.Single())).AddConcordatTransaction();
        await using var provider = services.BuildServiceProvider();
        using var current = transaction.MakeCurrent();
        using var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient("service");
        using var answer = await http.PostAsync($"/work?row={row}", content: null);
        return answer.StatusCode;
    }

    /// <param name="statement">With {0} for the row that the request names.</param>
    private static async Task<WebApplication> StartServiceAsync(TransactionRig rig, string statement = Add)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<ResourceAgentOptions>(o => o.Interval = TimeSpan.FromHours(1));
        builder.Services.AddConcordatClient(o => o.Address = rig.Address)
            .AddPostgres("billing", _ => rig["billing"].Source)
            .AddMySql("stock", _ => rig["stock"].Source);
        var service = builder.Build();
        service.UseConcordatTransactions();
        service.MapPost("/work", async (string row, ConcordatTransaction transaction) =>
        {
            foreach (var database in (string[])["billing", "stock"])
            {
                await (await transaction.OpenAsync(database)).ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, statement, row));
            }

            return Results.Ok();
        });
        await service.StartAsync();
        return service;
    }
}
