using Concordat.Cli.Checking;

namespace Concordat.Cli.Tests.Support;

/// <summary>A coordinator and two banks.</summary>
internal sealed class AuditWorld
{
    internal CoordinatorLog Coordinator { get; init; } = new();

    internal BankLog A { get; init; } = new("bank-a", "1");

    internal BankLog B { get; init; } = new("bank-b", "2");

    internal Findings Audit() => LogAudit.Run(Coordinator.Held, Coordinator.Number, [A.Held, B.Held]).Findings;

    internal Findings AuditWithoutB() => LogAudit.Run(Coordinator.Held, Coordinator.Number, [A.Held]).Findings;

    internal void ShouldFind(ViolationKind kind)
    {
        var findings = Audit();
        var violation = Assert.Single(findings.Violations);
        Assert.Equal(kind, violation.Kind);
        Assert.Equal(1, findings.Total);
    }

    internal void ShouldFindNothing() => Assert.Empty(Audit().Violations);

    internal void ShouldLeave(NotChecked reason, int branches)
    {
        var findings = Audit();
        Assert.Empty(findings.Violations);
        Assert.Equal(branches, findings.Unjudged.GetValueOrDefault(reason));
    }

    /// <summary>Both promised.</summary>
    internal TransactionId Prepared(ulong counter = 1)
    {
        var id = Coordinator.Begin(counter);
        A.Prepare(id);
        B.Prepare(id);
        return id;
    }
}
