using System.Collections.Concurrent;

namespace Concordat.Client;

/// <summary>The databases of this process, each registered at the coordinator before a scope uses it for the first time.</summary>
internal sealed class RegisteredResources(IEnumerable<ResourceRegistration> known, IServiceProvider services, ScopeCalls calls)
{
    private readonly SortedDictionary<string, ResourceRegistration> _known = new(known.ToDictionary(r => r.Name, StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>The identities of those that the coordinator has been told of.</summary>
    private readonly ConcurrentDictionary<string, string> _registered = new(StringComparer.Ordinal);

    /// <summary>Those that a scope names, or all.</summary>
    /// <exception cref="ArgumentException">One of them is not known.</exception>
    /// <exception cref="InvalidOperationException">It names none, and none is known.</exception>
    public IReadOnlyList<string> Select(IReadOnlyCollection<string>? wanted)
    {
        if (wanted is null)
        {
            return _known.Count > 0
                ? [.. _known.Keys]
                : throw new InvalidOperationException(
                    "No database was added to the client, so what a scope prepares could not be found after a crash: AddConcordatClient().AddResource(name, identity). A scope that uses none says so by empty Resources.");
        }

        var selected = wanted.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var stranger = Array.Find(selected, name => !_known.ContainsKey(name));
        return stranger is null
            ? selected
            : throw new ArgumentException($"The scope names the resource '{stranger}', which was not added to the client. Those that were: {string.Join(", ", _known.Keys)}.", nameof(wanted));
    }

    /// <exception cref="RequestRefusedException">The name is another database's, or a service's.</exception>
    /// <returns>Which databases they are, by their names.</returns>
    public IReadOnlyDictionary<string, string> Register(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var registered = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (_registered.TryGetValue(name, out var known))
            {
                registered.Add(name, known);
                continue;
            }

            var identity = _known[name].Identity(services);
            if (!ResourceIdentity.IsOne(identity))
            {
                throw new InvalidOperationException($"The identity of resource '{name}' is '{identity}'. {ResourceIdentity.Form}");
            }

            calls.Register(name, identity, cancellationToken);
            registered.Add(name, _registered.GetOrAdd(name, identity));
        }

        return registered;
    }

    /// <summary>The coordinator does not know one of the scope's. Never throws.</summary>
    public void RegisterAgain(JoinedScope scope)
    {
        foreach (var (name, identity) in scope.Resources)
        {
            calls.RegisterAgain(scope.Id, name, identity);
        }
    }
}
