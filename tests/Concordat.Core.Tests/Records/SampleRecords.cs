using Concordat.Core.Records;
using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Records;

/// <summary>Makes records of every type from a seed, with all their fields in all their forms.</summary>
internal sealed class SampleRecords(int seed)
{
    private readonly SplitMix64 _random = new((ulong)(uint)seed);

    internal IReadOnlyList<CoordinatorRecord> OneOfEach() => [.. WithoutLocks(), .. OfLocks(), .. OfSagas()];

    internal IReadOnlyList<CoordinatorRecord> OfLocks() =>
    [
        new Locked(At(), Id(), List(() => new HeldLock(Text(), Flag() ? LockMode.Shared : LockMode.Exclusive, Below(1 << 30)))),
        new TokensReserved(At(), (1L << 53) - 1 - Below(1 << 30)),
    ];

    internal IReadOnlyList<CoordinatorRecord> OfSagas() =>
    [
        SagaBegins(),
        new StepStarted(At(), Id(), Below(1000), Flag() ? StepPhase.Action : StepPhase.Compensation, Flag() ? Id() : null),
        StepEnds(),
        new SagaTurned(At(), Id(), (SagaReasonCode)(1 + Below(4)), Flag() ? Text() : null),
        new StepUndone(At(), Id(), Below(1000), Below(1 << 20), Flag() ? Text() : null, Flag() ? Text() : null),
        new SagaResumed(At(), Id()),
        new SagaEnded(At(), Id()),
        new SagaRemembered(At(), Flag() ? SagaBegins() : StepEnds()),
    ];

    /// <summary>Those of the first version that was shipped.</summary>
    internal IReadOnlyList<CoordinatorRecord> WithoutLocks() =>
    [
        new EpochStarted(At(), Below(1 << 30) + 1, Id().Nonce, Flag()),
        new ClockStepped(At()),
        new ParticipantPut(At(), Text(), Text(), Flags()),
        new ParticipantRemoved(At(), Text()),
        new Begun(At(), Id(), Header(), List(Branch)),
        new Enlisted(At(), Id(), Branch()),
        new OnePhaseStarted(At(), Id(), Bytes(Below(300))),
        new Decided(At(), Id(), Flag() ? Outcome.Committed : Outcome.Aborted, Flag() ? Reason() : null, List(() => new PreparedBranch(Below(100), Flag() ? Text() : null))),
        new BranchSettled(At(), Id(), Below(100), Flag() ? Settlement.Committed : Settlement.RolledBack, Text(), Text()),
        new UnknownSettled(At(), Id(), Flag() ? Outcome.Committed : Outcome.Aborted, Text(), Text()),
        End(),
        new CheckpointStarted(At(), Below(1_000_000)),
        new EpochKnown(At(), Below(1 << 30) + 1, Id().Nonce, Flag(), Id().Counter),
        new TransactionSnapshot(At(), Bytes(Below(300))),
        new CheckpointEnded(At()),
    ];

    internal byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        for (var i = 0; i < size; i++)
        {
            bytes[i] = (byte)_random.Next();
        }

        return bytes;
    }

    internal int Below(int limit) => (int)(_random.Next() % (ulong)limit);

    private Ended End()
    {
        var at = At();
        var times = Enumerable.Range(0, 7).Select(_ => Flag() ? new Timestamp(at.UnixMilliseconds - Below(10_000)) : (Timestamp?)null).ToArray();
        var details = new EndDetails(Flag(), List(() => new BranchEnd((BranchState)Below(10), Flag() ? (Vote)(1 + Below(3)) : null)), times);
        return new Ended(at, Id(), Flag() ? Outcome.Committed : Outcome.Aborted, Flag() ? Reason() : null, details);
    }

    private SagaBegun SagaBegins()
    {
        var at = At();
        var timeout = TimeSpan.FromMilliseconds(Below(1 << 30));
        return new SagaBegun(at, Id(), at + timeout, Flag() ? new IdempotencyKey(Text(), Bytes(IdempotencyKey.HashSizeBytes)) : null, new SagaSpec
        {
            Name = Flag() ? Text() : null,
            Timeout = timeout,
            Labels = List(() => new KeyValuePair<string, string>(Text(), Text())),
            Steps = List(Step),
            TraceParent = Flag() ? Text() : null,
        });
    }

    private StepSpec Step() => new(
        Text(),
        Work(),
        Flag() ? Work() : null,
        Flag() ? List(Text) : null,
        1 + Below(100),
        new Backoff(TimeSpan.FromMilliseconds(Below(1000)), TimeSpan.FromMilliseconds(Below(1 << 20))),
        Flag() ? TimeSpan.FromMilliseconds(Below(1 << 20)) : null);

    private StepWork Work() => Flag()
        ? new StepCall(Text(), "/" + Text(), Bytes(Below(300)))
        : new StepTransaction(List(() => new BranchSpec(Text(), Bytes(Below(300)), Flag() ? Text() : null)));

    private StepEnded StepEnds() => new(At(), Id(), Below(1000), (StepEnd)(1 + Below(3)), Flag(), Below(1 << 20), Bytes(Below(300)), Flag() ? Text() : null);

    private TransactionHeader Header() => new()
    {
        Opened = Flag(),
        Deadline = At(),
        Name = Flag() ? Text() : null,
        Labels = List(() => new KeyValuePair<string, string>(Text(), Text())),
        Key = Flag() ? new IdempotencyKey(Text(), Bytes(IdempotencyKey.HashSizeBytes)) : null,
        TraceParent = Flag() ? Text() : null,
    };

    private BranchHeader Branch() => new(Text(), Text(), Flags());

    private ParticipantFlags Flags() => new(Flag(), Flag());

    private AbortReason Reason() => new((AbortCode)(1 + Below(7)), Flag() ? Text() : null, Flag() ? Text() : null);

    private T[] List<T>(Func<T> make) => [.. Enumerable.Range(0, Below(5)).Select(_ => make())];

    private TransactionId Id() => new(_random.Next() & TransactionId.MaxCoordinator, _random.Next() & TransactionId.MaxNonce, _random.Next() & TransactionId.MaxCounter);

    private Timestamp At() => new(1_700_000_000_000 + Below(int.MaxValue));

    private bool Flag() => (_random.Next() & 1) == 1;

    private string Text() => Below(4) switch
    {
        0 => "",
        1 => "bank-a",
        2 => "Žlutý kůň 🐎",
        _ => new string('x', Below(400)),
    };
}
