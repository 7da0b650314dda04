namespace Concordat.Client;

/// <summary>A database that this process works on, by the name under which the coordinator knows it.</summary>
/// <param name="Identity">Which database it is, in words that no other one has. May have to ask it, and may throw.</param>
internal sealed record ResourceRegistration(string Name, Func<IServiceProvider, string> Identity);
