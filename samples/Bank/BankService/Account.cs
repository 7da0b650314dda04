using System.Text.Json.Serialization;

namespace Concordat.Samples.Bank.BankService;

/// <summary>
/// One account, in whole cents. A transfer that is not decided yet has taken its money from <see cref="Available"/> on one
/// side and has not given it to <see cref="Available"/> on the other.
/// </summary>
/// <param name="Available">What the owner can spend.</param>
/// <param name="Held">Set aside for debits that are prepared and not decided: nobody can spend it.</param>
/// <param name="Incoming">Promised by credits that are prepared and not decided: nobody can see or spend it.</param>
internal readonly record struct Account(long Available, long Held = 0, long Incoming = 0)
{
    /// <summary>No account holds more, so that no sum of cents overflows.</summary>
    public const long MaxCents = 1_000_000_000_000_000;

    /// <summary>The account after one more posting is set aside, undone, or made final.</summary>
    public Account SetAside(Posting posting) => posting.Kind switch
    {
        PostingKind.Debit => this with { Available = Available - posting.Cents, Held = Held + posting.Cents },
        _ => this with { Incoming = Incoming + posting.Cents },
    };

    public Account GiveBack(Posting posting) => posting.Kind switch
    {
        PostingKind.Debit => this with { Available = Available + posting.Cents, Held = Held - posting.Cents },
        _ => this with { Incoming = Incoming - posting.Cents },
    };

    public Account MakeFinal(Posting posting) => posting.Kind switch
    {
        PostingKind.Debit => this with { Held = Held - posting.Cents },
        _ => this with { Available = Available + posting.Cents, Incoming = Incoming - posting.Cents },
    };

    /// <summary>What must be true of every account at every moment, the worst outcome of everything undecided included.</summary>
    [JsonIgnore]
    public bool IsSound => Available >= 0 && Held >= 0 && Incoming >= 0 && Available + Held + Incoming <= MaxCents;
}
