using Concordat.Client;
using Concordat.Client.Resources;
using Concordat.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Concordat.Matrix.Tests.Worlds;

/// <summary>A host that does nothing but sweep both databases.</summary>
internal sealed class SweepingAgent : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private readonly IHost _host;

    private SweepingAgent(IHost host) => _host = host;

    internal static async Task<SweepingAgent> StartAsync(Uri coordinator, params Branch[] branches)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.Services.Configure<ResourceAgentOptions>(o => o.Interval = Interval);
        var client = builder.Services.AddConcordatClient(o =>
        {
            o.Address = coordinator;

            // A sweep that finds nobody is given up and tried again.
            o.RetryBudget = TimeSpan.Zero;
        });
        foreach (var branch in branches)
        {
            _ = branch.IsPostgres
                ? client.AddPostgres(branch.Name, _ => branch.Server.DataSource(branch.Database.Name))
                : client.AddMySql(branch.Name, _ => branch.Server.DataSource(branch.Database.Name));
        }

        var host = builder.Build();
        await host.StartAsync();
        return new SweepingAgent(host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
