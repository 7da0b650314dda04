using Microsoft.Extensions.DependencyInjection;

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
        if (!Names.IsParticipantName(name))
        {
            throw new ArgumentException($"'{name}' is no name of a resource: those have 1 to 128 letters, digits and . _ -, and begin with a letter or a digit.", nameof(name));
        }

        var taken = builder.Services.Any(s => s is { IsKeyedService: false, ImplementationInstance: ResourceRegistration other } && string.Equals(other.Name, name, StringComparison.Ordinal));
        if (taken)
        {
            throw new ArgumentException($"There is a resource '{name}' already.", nameof(name));
        }

        builder.Services.AddSingleton(new ResourceRegistration(name, identity));
        return builder;
    }
}
