using System.Text.Json;
using Concordat.Client;

namespace Concordat.Samples.Bank.BankService;

internal enum PostingKind
{
    Debit = 1,
    Credit = 2,
}

/// <summary>One operation of a branch: <c>{"type": "debit", "resource": "a-017", "data": {"amount": 1250}}</c>, in cents.</summary>
internal readonly record struct Posting(PostingKind Kind, string Account, long Cents)
{
    public Operation ToOperation() =>
        Operations.Of(Kind == PostingKind.Debit ? "debit" : "credit", Account, new { amount = Cents });

    /// <exception cref="FormatException">It is no posting; the message says what is wrong.</exception>
    public static Posting Parse(Operation operation)
    {
        var kind = operation.Type switch
        {
            "debit" => PostingKind.Debit,
            "credit" => PostingKind.Credit,
            _ => throw new FormatException($"a bank knows 'debit' and 'credit', not '{operation.Type}'"),
        };
        var account = operation.Resource ?? throw new FormatException($"a {operation.Type} needs 'resource': the account");
        if (operation.Data is not { ValueKind: JsonValueKind.Object } data
            || !data.TryGetProperty("amount", out var amount)
            || amount.ValueKind != JsonValueKind.Number
            || !amount.TryGetInt64(out var cents)
            || cents is <= 0 or > BankService.Account.MaxCents)
        {
            throw new FormatException($"a {operation.Type} needs data like {{\"amount\": 1250}}: whole cents, more than 0");
        }

        return new Posting(kind, account, cents);
    }
}
