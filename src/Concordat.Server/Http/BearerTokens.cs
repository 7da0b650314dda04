using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>Lets in who shows one of the configured tokens. How long a comparison takes tells nothing about a token.</summary>
internal sealed class BearerTokens(IEnumerable<string> tokens)
{
    private const string Scheme = "Bearer ";
    private const int MaxTokenLength = 1024;

    private readonly byte[][] _hashes = [.. tokens.Select(token => SHA256.HashData(Encoding.UTF8.GetBytes(token)))];

    public bool AreConfigured => _hashes.Length > 0;

    /// <exception cref="ProblemException">401, saying why.</exception>
    public void Check(HttpRequest request)
    {
        if (AreConfigured && Refusal(request) is { } refusal)
        {
            throw ProblemTypes.Unauthorized.With(refusal);
        }
    }

    private string? Refusal(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        if (header.Count == 0)
        {
            return "there is no Authorization header; send 'Authorization: Bearer <token>' with a token of this server's Concordat:Auth:Tokens";
        }

        if (header.Count > 1 || header[0] is not { } value || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return "the Authorization header is not of the form 'Bearer <token>'";
        }

        return IsKnown(value.AsSpan(Scheme.Length).Trim()) ? null : "the token is not one of this server's Concordat:Auth:Tokens";
    }

    private bool IsKnown(ReadOnlySpan<char> token)
    {
        if (token.Length > MaxTokenLength)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[MaxTokenLength * 3];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(token, bytes)], hash);
        var known = false;
        foreach (var configured in _hashes)
        {
            known |= CryptographicOperations.FixedTimeEquals(hash, configured);
        }

        return known;
    }
}
