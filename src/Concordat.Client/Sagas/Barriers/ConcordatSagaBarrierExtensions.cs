using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Sagas;

public static class ConcordatSagaBarrierExtensions
{
    /// <summary>
    /// What the builder adds, steps are mapped with by its name, and found by as a keyed service:
    /// <c>GetRequiredKeyedService&lt;ISagaBarrier&gt;("flights-db")</c>. Needs no coordinator: that calls.
    /// </summary>
    public static ISagaBarrierBuilder AddSagaBarriers(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return new SagaBarrierBuilder(services);
    }
}

/// <summary>Adds barriers. <c>Concordat.Databases</c> adds to it those for PostgreSQL, MariaDB and MySQL.</summary>
public interface ISagaBarrierBuilder
{
    /// <param name="name">By which steps are mapped with it.</param>
    /// <param name="barrier">Called once.</param>
    /// <exception cref="ArgumentException">There is one of this name.</exception>
    ISagaBarrierBuilder Add(string name, Func<IServiceProvider, ISagaBarrier> barrier);
}

internal sealed class SagaBarrierBuilder(IServiceCollection services) : ISagaBarrierBuilder
{
    public ISagaBarrierBuilder Add(string name, Func<IServiceProvider, ISagaBarrier> barrier)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(barrier);
        if (services.Any(s => s.IsKeyedService && s.ServiceType == typeof(ISagaBarrier) && Equals(s.ServiceKey, name)))
        {
            throw new ArgumentException($"There is a saga barrier '{name}' already.", nameof(name));
        }

        services.AddKeyedSingleton(name, (s, _) => barrier(s));
        return this;
    }
}
