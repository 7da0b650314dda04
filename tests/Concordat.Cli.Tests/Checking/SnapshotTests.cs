using Concordat.Cli.Checking;
using Concordat.Cli.Logs;
using Concordat.Cli.Tests.Support;
using Concordat.Core;
using Concordat.Core.Records;
using Concordat.Core.Recovery;

namespace Concordat.Cli.Tests.Checking;

/// <summary>The audit reads a checkpoint's transactions by itself: against what the coordinator really writes.</summary>
public sealed class SnapshotTests
{
    private readonly CoordinatorLog _log = new(begun: false);
    private readonly List<Effect> _effects = [];

    private static Now At(int seconds) => new(TimeSpan.FromSeconds(seconds), new Timestamp(1_000_000 + seconds * 1000));

    [Fact]
    public void An_image_has_every_field_that_the_coordinator_wrote()
    {
        var coordinator = Start(out var id);
        coordinator.Checkpoint(At(3), _effects);

        var image = Assert.Single(_effects.OfType<Append>().Select(a => a.Record).OfType<TransactionSnapshot>());
        var read = TransactionImageReader.Read(image.Image.Span);

        Assert.Equal(id, read.Id);
        Assert.Equal("transfer", read.Name);
        Assert.Equal(TransactionState.Active, read.State);
        Assert.Null(read.Outcome);
        Assert.Equal(TimeSpan.FromSeconds(60), read.Deadline - read.CreatedAt);
        var branch = Assert.Single(read.Branches);
        Assert.Equal(new ImageOfBranch("first", "bank-a", BranchState.Enlisted, null, null), branch);
    }

    [Fact]
    public void A_log_that_begins_with_a_checkpoint_knows_its_transactions()
    {
        var coordinator = Start(out var id);
        coordinator.Checkpoint(At(3), _effects);
        foreach (var append in _effects.OfType<Append>())
        {
            _log.Add(append.Record);
        }

        var bank = new BankLog("bank-a", "first");
        bank.Prepare(id);
        var findings = LogAudit.Run(_log.Held, _log.Number, [bank.Held]).Findings;
        Assert.Empty(findings.Violations);
        Assert.Equal(1, findings.Unjudged[NotChecked.Unfinished]);

        bank.Commit(id);
        findings = LogAudit.Run(_log.Held, _log.Number, [bank.Held]).Findings;
        Assert.Equal(ViolationKind.CommitWithoutDecision, Assert.Single(findings.Violations).Kind);
    }

    [Fact]
    public void A_lock_whose_end_cannot_be_read_is_not_held_against_who_has_it_in_a_later_checkpoint()
    {
        var coordinator = Start(out var id);
        coordinator.Step(new LockInput(new Nobody(), id, [new("a", LockMode.Exclusive)], TimeSpan.Zero), At(2), _effects);
        _effects.Clear();
        coordinator.Checkpoint(At(3), _effects);

        var other = new CoordinatorLog();
        var earlier = other.Begin(1);
        other.Add(new TokensReserved(other.Now, 10));
        other.Add(new Locked(other.Now, earlier, [new HeldLock("a", LockMode.Exclusive, 1)]));
        other.AddRaw((byte)RecordType.Ended, [1]);
        foreach (var append in _effects.OfType<Append>())
        {
            other.Add(append.Record);
        }

        Assert.Equal(ViolationKind.RecordUnreadable, Assert.Single(LogAudit.Run(other.Held, other.Number, []).Findings.Violations).Kind);
    }

    [Fact]
    public void A_log_that_a_kill_left_in_the_middle_of_its_removal_begins_with_its_first_whole_checkpoint()
    {
        // 1. What is left of the older segments: ends of transactions whose begins are gone,
        var gone = _log.Id(1);
        _log.Commit(gone);
        _log.End(gone, Outcome.Committed);

        // 2. a checkpoint that an earlier crash cut short, and what came after it,
        _log.Add(new CheckpointStarted(_log.Now, 1));
        _log.Add(new EpochKnown(_log.Now, 1, CoordinatorLog.Nonce, Restored: false, ForgottenUpTo: 0));
        _log.Add(new EpochStarted(_log.Now, 2, CoordinatorLog.Nonce + 1, Restored: false));
        _log.Abort(_log.Id(2));

        // 3. and the checkpoint for which they were removed.
        var coordinator = Start(out var id);
        coordinator.Checkpoint(At(3), _effects);
        foreach (var append in _effects.OfType<Append>())
        {
            _log.Add(append.Record);
        }

        _log.Abort(id);
        var bank = new BankLog("bank-a", "first");
        bank.Prepare(id);
        var findings = LogAudit.Run(_log.Held, _log.Number, [bank.Held]).Findings;

        Assert.Empty(findings.Violations);
        Assert.Equal(1, findings.Unjudged[NotChecked.Unfinished]);
    }

    /// <summary>An open transaction with every optional field, and one branch.</summary>
    private Coordinator Start(out TransactionId id)
    {
        var coordinator = new CoordinatorReplay(new CoordinatorOptions(), _log.Number, seed: 1).Finish(At(0), [CoordinatorLog.Nonce], restored: false, _effects);
        Settle(coordinator, At(0));
        coordinator.Step(new PutParticipantInput(new Nobody(), "bank-a", "http://127.0.0.1:1/x", new ParticipantFlags(false, true)), At(1), _effects);
        coordinator.Step(
            new BeginInput(
                new Nobody(),
                BeginMode.Open,
                new TransactionSpec
                {
                    Name = "transfer",
                    Timeout = TimeSpan.FromSeconds(60),
                    Labels = [new("order", "42")],
                    TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                },
                new IdempotencyKey("k-1", new byte[IdempotencyKey.HashSizeBytes])),
            At(2),
            _effects);
        id = Assert.Single(_effects.OfType<Append>().Select(a => a.Record).OfType<Begun>()).Id;
        coordinator.Step(new EnlistInput(new Nobody(), id, new BranchSpec("bank-a", "[]"u8.ToArray(), "first")), At(2), _effects);
        Settle(coordinator, At(2));
        return coordinator;
    }

    private void Settle(Coordinator coordinator, Now now)
    {
        coordinator.Durable(coordinator.AppendedRecords, now, _effects);
        _effects.Clear();
    }

    private sealed class Nobody : Caller;
}
