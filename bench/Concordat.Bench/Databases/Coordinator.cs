using Concordat.Bench.Http;
using Concordat.Client;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Concordat.Bench.Databases;

/// <summary>A coordinator, as a process of its own or in this one, and a client of it that sweeps, as an application has it.</summary>
internal sealed class Coordinator : IAsyncDisposable
{
    private readonly IHost _host;

    private Coordinator(IHost host) => _host = host;

    public IConcordatClient Client => _host.Services.GetRequiredService<IConcordatClient>();

    /// <param name="processes">Null: in this process.</param>
    public static async Task<Coordinator> StartAsync(string directory, BenchProcesses? processes, Action<IConcordatClientBuilder> resources)
    {
        if (processes is null)
        {
            return await EmbedAsync(directory, resources);
        }

        var (_, url) = await processes.StartAsync("dotnet", BenchProcesses.ServerDll, "serve", "--data", directory, "--urls", "http://127.0.0.1:0");
        await HttpBench.RegisterAsync(url, inquires: true);
        return await StartAsync(url, resources);
    }

    /// <summary>The client of a coordinator that runs.</summary>
    public static async Task<Coordinator> StartAsync(string url, Action<IConcordatClientBuilder> resources)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        resources(builder.Services.AddConcordatClient(o => o.Address = new Uri(url)));
        var host = builder.Build();
        await host.StartAsync();
        return new Coordinator(host);
    }

    private static async Task<Coordinator> EmbedAsync(string directory, Action<IConcordatClientBuilder> resources)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddConcordatServer(builder.Configuration, options => options.Storage.Path = directory);
        builder.Services.AddConcordatEngine();
        var client = builder.Services.AddConcordatClient();
        resources(client);
        client.Http.CallInProcess();
        var app = builder.Build();
        app.UseConcordatProblems();
        app.MapConcordat();
        await app.StartAsync();
        return new Coordinator(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
