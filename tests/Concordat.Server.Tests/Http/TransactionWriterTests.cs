using System.Text;
using Concordat.Server.Http;

namespace Concordat.Server.Tests.Http;

/// <summary>The fast writer and the contract's serializer write the same bytes, whatever a document holds.</summary>
public sealed class TransactionWriterTests
{
    private static readonly string[] Texts = ["", "plain", "quote \" and \\ and \n", "ümläut 漢字 🙂", "<a href='x'>&+</a>", "\u0000\u001f\u2028\u2029"];

    [Fact]
    public void It_writes_what_the_serializer_writes()
    {
        var random = new Random(20260301);
        for (var i = 0; i < 2000; i++)
        {
            var document = Make(random);
            var slow = JsonBuffer.Rent();
            slow.Write(document, ContractJson.Default.TransactionDocument);
            var expected = Encoding.UTF8.GetString(slow.Written);
            var fast = JsonBuffer.Rent();
            fast.Write(document);
            Assert.Equal(expected, Encoding.UTF8.GetString(fast.Written));
        }
    }

    private static TransactionDocument Make(Random random) => new()
    {
        Id = new TransactionId((ulong)random.NextInt64((long)TransactionId.MaxCoordinator), (ulong)random.NextInt64((long)TransactionId.MaxNonce), (ulong)random.NextInt64(1 << 30)),
        Name = Maybe(random, () => Text(random)),
        State = One<TransactionState>(random),
        Outcome = random.Next(2) == 0 ? null : One<Outcome>(random),
        Reason = Maybe(random, () => new AbortReason(One<AbortCode>(random), Maybe(random, () => Text(random)), Maybe(random, () => Text(random)))),
        CreatedAt = Time(random),
        Deadline = Time(random),
        DecidedAt = random.Next(2) == 0 ? null : Time(random),
        CompletedAt = random.Next(2) == 0 ? null : Time(random),
        Labels = Enumerable.Range(0, random.Next(4)).ToDictionary(i => $"l{i}{Text(random)}", _ => Text(random), StringComparer.Ordinal),
        Branches = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Branch(random))],
        History = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new StateChange(One<TransactionState>(random), Time(random)))],
    };

    private static BranchDocument Branch(Random random) => new()
    {
        Id = Text(random),
        Participant = Text(random),
        State = One<BranchState>(random),
        Vote = random.Next(2) == 0 ? null : One<Vote>(random),
        Attempts = random.Next(),
        LastError = Maybe(random, () => Text(random)),
        NextAttemptAt = random.Next(2) == 0 ? null : Time(random),
        Heuristic = random.Next(4) > 0 ? null : new HeuristicDocument(One<Settlement>(random), Text(random), Text(random), Time(random)),
    };

    private static T One<T>(Random random) where T : struct, Enum => Enum.GetValues<T>()[random.Next(Enum.GetValues<T>().Length)];

    private static T? Maybe<T>(Random random, Func<T> make) where T : class => random.Next(2) == 0 ? null : make();

    private static string Text(Random random) => Texts[random.Next(Texts.Length)];

    private static DateTimeOffset Time(Random random) =>
        new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(random.Next(-12, 12))).AddTicks(random.NextInt64(TimeSpan.TicksPerDay * 400));
}
