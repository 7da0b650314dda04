namespace Concordat.Client;

internal static class ResourceIdentity
{
    public const string Form = "A resource's identity has 1 to 256 visible ASCII characters.";

    public static bool IsOne(string identity) => identity is { Length: >= 1 and <= 256 } && !identity.AsSpan().ContainsAnyExceptInRange('!', '~');
}
