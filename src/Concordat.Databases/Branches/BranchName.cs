using System.Diagnostics.CodeAnalysis;

namespace Concordat.Databases.Branches;

/// <summary>
/// What a branch is called in its database: <c>&lt;transaction id&gt;/&lt;branch id&gt;</c>, the id in its 36 characters. PostgreSQL has it as
/// one string, XA in two parts. Npgsql, enlisted in a scope, names its own branches <c>&lt;id&gt;/&lt;process id&gt;</c>, which is of this form
/// too. What is not of this form is foreign, and never touched.
/// </summary>
/// <remarks>
/// At most 36 + 1 + 64 bytes of ASCII, where PostgreSQL allows 199 and XA 64 in each part. No character of it needs an escape
/// between single quotes.
/// </remarks>
internal readonly record struct BranchName
{
    private const int TransactionLength = 36;

    /// <exception cref="ArgumentException">The branch id has not the form of <see cref="Names.IsBranchId"/>.</exception>
    internal BranchName(TransactionId transaction, string branch)
    {
        if (!Names.IsBranchId(branch))
        {
            throw new ArgumentException($"'{branch}' is no branch id", nameof(branch));
        }

        Transaction = transaction;
        Branch = branch;
    }

    internal TransactionId Transaction { get; }

    internal string Branch { get; }

    internal static bool TryParse([NotNullWhen(true)] string? text, out BranchName name)
    {
        name = default;
        return text is { Length: > TransactionLength } && text[TransactionLength] == '/'
            && TryCreate(text[..TransactionLength], text[(TransactionLength + 1)..], out name);
    }

    /// <summary>Of the two parts of XA.</summary>
    internal static bool TryCreate(string transaction, string branch, out BranchName name)
    {
        name = default;

        // As it is written, to the letter: a name in capitals is another name to the database, and somebody else's.
        if (!TransactionId.TryParse(transaction, out var id) || id.ToString() != transaction || !Names.IsBranchId(branch))
        {
            return false;
        }

        name = new BranchName(id, branch);
        return true;
    }

    public override string ToString() => $"{Transaction}/{Branch}";
}
