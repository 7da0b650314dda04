using Concordat.Client.Tests.Resources;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Tests.Transactions;

/// <summary>The coordinator and its client in one process, without a socket between them.</summary>
public sealed class InProcessTests : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("concordat-inprocess-").FullName;
    private readonly FakeResource _orders = new("orders");
    private readonly WebApplication _app;

    public InProcessTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddConcordatServer(builder.Configuration, options => options.Storage.Path = _data);
        builder.Services.AddConcordatEngine();
        builder.Services.AddHttpContextAccessor();

        // Nobody is there: what answers is this process.
        builder.Services.AddConcordatClient(options =>
        {
            options.Address = new Uri("http://nobody.invalid/");
            options.RetryBudget = TimeSpan.Zero;
        }).AddResource("orders", _ => _orders).Http.CallInProcess();
        _app = builder.Build();
        _app.UseConcordatProblems();
        _app.MapConcordat();
    }

    private IConcordatClient Client => _app.Services.GetRequiredService<IConcordatClient>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_transaction_with_a_branch_commits_and_its_end_is_reported()
    {
        await _app.StartAsync(Cancel);
        await Wait.UntilAsync(() => _orders.Listings > 0, "the resource was swept, and so is registered");
        await using var transaction = await Client.BeginAsync(new BeginOptions { Name = "an-order" }, Cancel);
        transaction.Hold(new FakeBranch(_orders, transaction.Id));
        await transaction.CommitAsync(Cancel);
        var document = await Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal((TransactionState.Committed, "an-order"), (document.State, document.Name));
        Assert.Equal(transaction.Id, Assert.Single((await Client.ListAsync(new TransactionQuery { Name = "an-order" }, Cancel)).Items).Id);
    }

    [Fact]
    public async Task A_scope_commits_whose_calls_block()
    {
        await _app.StartAsync(Cancel);
        TransactionId id;
        using (var scope = Client.CreateScope())
        {
            id = scope.Id!.Value;
            scope.Complete();
        }

        Assert.Equal(Outcome.Committed, (await Client.GetAsync(id, Cancel)).Outcome);
    }

    [Fact]
    public async Task A_refusal_is_the_problem_that_it_is_over_a_socket()
    {
        await _app.StartAsync(Cancel);
        var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => Client.GetAsync(new TransactionId(1, 2, 3), Cancel));
        Assert.Equal(404, refused.Status);
        var unknown = await Assert.ThrowsAsync<RequestRefusedException>(() => Client.RunAsync(new TransactionRequest { Branches = [new BranchRequest { Participant = "no one" }] }, cancellationToken: Cancel));
        Assert.Equal("/problems/invalid-value", unknown.Type);
    }

    [Fact]
    public async Task Before_the_host_has_started_nobody_is_reached() =>
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => Client.BeginAsync(cancellationToken: Cancel));

    [Fact]
    public async Task A_caller_that_answers_a_request_itself_keeps_its_own_context()
    {
        await _app.StartAsync(Cancel);
        var accessor = _app.Services.GetRequiredService<IHttpContextAccessor>();
        var own = accessor.HttpContext = new DefaultHttpContext();
        await using var transaction = await Client.BeginAsync(cancellationToken: Cancel);
        Assert.Same(own, accessor.HttpContext);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
