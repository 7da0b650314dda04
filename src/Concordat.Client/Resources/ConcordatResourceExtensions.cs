using System.Diagnostics.Metrics;
using Concordat.Client.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Concordat.Client;

public static class ConcordatResourceExtensions
{
    /// <summary>
    /// Names a database that this process works on. It is registered at the coordinator before its first use, once per process, and
    /// again when the coordinator does not know it any more.
    /// </summary>
    /// <param name="name">Letters, digits and <c>. _ -</c>. The same in all processes that work on this database.</param>
    /// <param name="identity">
    /// Which database it is, in words that no other one has: 1 to 256 visible ASCII characters, such as
    /// <c>postgresql:7301234567890/orders</c>. The same in all processes that work on it, and wherever it is reconciled.
    /// </param>
    /// <exception cref="ArgumentException">The name or the identity has not that form, or the name is taken.</exception>
    public static IConcordatClientBuilder AddResource(this IConcordatClientBuilder builder, string name, string identity) =>
        ResourceIdentity.IsOne(identity)
            ? builder.AddResource(name, _ => identity)
            : throw new ArgumentException(ResourceIdentity.Form, nameof(identity));

    /// <summary>The same, where the database itself says which it is.</summary>
    /// <param name="identity">Called before each registration, on the thread that creates a scope.</param>
    public static IConcordatClientBuilder AddResource(this IConcordatClientBuilder builder, string name, Func<IServiceProvider, string> identity)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(identity);
        Register(builder.Services, new ResourceRegistration(name, identity));
        return builder;
    }

    /// <summary>The same, of a database that this process also sweeps: it finishes what dead processes left prepared there.</summary>
    public static IConcordatClientBuilder AddResource(
        this IConcordatClientBuilder builder, string name, Func<IServiceProvider, IResource> resource, Action<ResourceAgentOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(resource);
        var services = builder.Services;
        var registration = new ResourceRegistration(name, s => IdentityOf(s.GetServices<IResource>().Single(r => string.Equals(r.Name, name, StringComparison.Ordinal))));
        Register(services, registration);
        services.AddSingleton(resource);
        var options = services.AddOptions<ResourceAgentOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ResourceAgentOptions>, ResourceAgentOptionsValidator>());
        services.TryAddSingleton(static s => new ResourceAgents(
            (ConcordatClient)s.GetRequiredService<IConcordatClient>(),
            s.GetServices<IResource>(),
            s.GetRequiredService<IOptions<ResourceAgentOptions>>().Value,
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILoggerFactory>(),
            s.GetRequiredService<IMeterFactory>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ResourceAgents>(static s => s.GetRequiredService<ResourceAgents>()));
        return builder;
    }

    /// <summary>A scope is made without waiting for anything but this and the coordinator, on the caller's thread, which has to keep its context.</summary>
    private static string IdentityOf(IResource resource)
    {
        var identifying = Task.Run(() => resource.IdentifyAsync(CancellationToken.None));
#pragma warning disable VSTHRD002 // It runs on the pool, without the caller's context: there is nothing that it could wait for.
        return identifying.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private static void Register(IServiceCollection services, ResourceRegistration registration)
    {
        var name = registration.Name;
        if (!Names.IsParticipantName(name))
        {
            throw new ArgumentException($"'{name}' is no name of a resource: those have 1 to 128 letters, digits and . _ -, and begin with a letter or a digit.", nameof(registration));
        }

        var taken = services.Any(s => s is { IsKeyedService: false, ImplementationInstance: ResourceRegistration other } && string.Equals(other.Name, name, StringComparison.Ordinal));
        if (taken)
        {
            throw new ArgumentException($"There is a resource '{name}' already.", nameof(registration));
        }

        services.AddSingleton(registration);
    }
}
