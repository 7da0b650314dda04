using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Hosting;

/// <summary>Keeps what the host gives its server to answer requests with.</summary>
internal sealed class InProcessPipeline : IStartupFilter
{
    private volatile RequestDelegate? _handle;

    /// <summary>Null until the host has started.</summary>
    public RequestDelegate? Handle => _handle;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(rest => _handle = rest);
        next(app);
    };
}
