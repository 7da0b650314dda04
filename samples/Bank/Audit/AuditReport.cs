namespace Concordat.Samples.Bank.Audit;

/// <param name="Claim">What must be true.</param>
/// <param name="Problems">What shows that it is not.</param>
internal sealed record AuditCheck(string Claim, IReadOnlyList<string> Problems)
{
    public bool Passed => Problems.Count == 0;
}

internal sealed record AuditReport(IReadOnlyList<AuditCheck> Checks, long MoneyBefore, long MoneyAfter, int InDoubt)
{
    public bool Passed => Checks.All(c => c.Passed);

    public AuditReport With(AuditCheck check) => this with { Checks = [.. Checks, check] };
}
