using Concordat.Client.Tests.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Tests.Propagation;

/// <summary>The real coordinator, an application with the resource <c>orders</c>, and a service with <c>billing</c> that it calls over HTTP.</summary>
internal sealed class PropagationRig : IAsyncDisposable
{
    private readonly ResourceRig _application;
    private readonly WebApplication _service;
    private readonly ServiceProvider _calling;

    private PropagationRig(ResourceRig application, WebApplication service, ServiceProvider calling)
    {
        (_application, _service, _calling) = (application, service, calling);
        Http = calling.GetRequiredService<IHttpClientFactory>().CreateClient("billing");
    }

    /// <summary>The application's.</summary>
    public ConcordatClient Client => _application.Client;

    /// <summary>Calls the service, and carries the current transaction along.</summary>
    public HttpClient Http { get; }

    /// <param name="map">The service's endpoints.</param>
    public static async Task<PropagationRig> StartAsync(FakeResource orders, FakeResource billing, Action<WebApplication> map, Action<ConcordatClientOptions>? configure = null, DelegatingHandler? handler = null)
    {
        var application = await ResourceRig.StartAsync(sweeping: false, orders);
        await application.Client.UseResourceAsync("orders", TestContext.Current.CancellationToken);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var client = builder.Services.AddConcordatClient(o =>
        {
            o.Address = application.Http.BaseAddress;
            configure?.Invoke(o);
        });
        if (handler is not null)
        {
            client.Http.AddHttpMessageHandler(() => handler);
        }

        client.AddResource("billing", _ => billing, o => o.Interval = TimeSpan.FromHours(1));
        var service = builder.Build();
        service.UseConcordatTransactions();
        map(service);
        await service.StartAsync(TestContext.Current.CancellationToken);
        var services = new ServiceCollection();
        services.AddHttpClient("billing", http => http.BaseAddress = new Uri(service.Urls.Single())).AddConcordatTransaction();
        await ((ConcordatClient)service.Services.GetRequiredService<IConcordatClient>()).UseResourceAsync("billing", TestContext.Current.CancellationToken);
        return new PropagationRig(application, service, services.BuildServiceProvider());
    }

    public Task StopCoordinatorAsync() => _application.StopServerAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _calling.DisposeAsync();
        await _service.StopAsync(TestContext.Current.CancellationToken);
        await _service.DisposeAsync();
        await _application.DisposeAsync();
    }
}
