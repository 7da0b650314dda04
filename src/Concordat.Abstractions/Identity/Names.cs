namespace Concordat;

/// <summary>The forms of the names on the wire.</summary>
public static class Names
{
    public const int MaxLength = 128;
    public const int MaxBranchIdLength = 64;

    /// <summary>
    /// How the id of a branch begins that votes by its own id, as those of the SDK do: beside a scope, whose drivers prepare under names that nobody knows, what
    /// begins so and has not voted is none of those.
    /// </summary>
    public const string OwnBranchPrefix = "own.";

    /// <summary><c>[A-Za-z0-9][A-Za-z0-9._-]{0,127}</c></summary>
    public static bool IsParticipantName(ReadOnlySpan<char> name) => Has(name, MaxLength, alsoPath: false);

    /// <summary>As a participant's name, and may hold <c>:</c> and <c>/</c> after the first character.</summary>
    public static bool IsTransactionName(ReadOnlySpan<char> name) => Has(name, MaxLength, alsoPath: true);

    /// <summary><c>[A-Za-z0-9][A-Za-z0-9._-]{0,63}</c></summary>
    public static bool IsBranchId(ReadOnlySpan<char> id) => Has(id, MaxBranchIdLength, alsoPath: false);

    /// <summary>1 to 255 visible ASCII characters.</summary>
    public static bool IsIdempotencyKey(ReadOnlySpan<char> key) => key.Length is >= 1 and <= 255 && !key.ContainsAnyExceptInRange('!', '~');

    private static bool Has(ReadOnlySpan<char> name, int maxLength, bool alsoPath)
    {
        if (name.Length == 0 || name.Length > maxLength || !char.IsAsciiLetterOrDigit(name[0]))
        {
            return false;
        }

        foreach (var c in name[1..])
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-') && !(alsoPath && c is (':' or '/')))
            {
                return false;
            }
        }

        return true;
    }
}
