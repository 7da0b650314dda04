namespace Concordat.Log.Tests;

public abstract class RoundTripTests
{
    protected abstract ILogStorage Storage();

    [Fact]
    public void What_was_forced_is_replayed_in_order_and_the_identity_stays()
    {
        Guid identity;
        using (var log = Records.Open(Storage()))
        {
            identity = log.Identity;
            log.Append("a");
            var end = log.Append("bb", 7);
            Assert.True(log.DurablePosition < end);
            Assert.Equal(end, log.Flush(force: true));
            Assert.Equal(end, log.DurablePosition);
            log.Close();
        }

        using var again = Records.Open(Storage(), out var replayed);
        Assert.Equal(["1:a", "7:bb"], replayed);
        Assert.Equal(identity, again.Identity);
        Assert.Null(again.ErasedTail);
        again.Append("c");
        again.Close();
        Assert.Equal(["1:a", "7:bb", "1:c"], Records.Replay(Storage()));
    }

    [Fact]
    public void Records_flow_over_many_segments_with_and_without_spares()
    {
        var expected = new List<string>();
        using (var log = Records.Open(Storage()))
        {
            for (int i = 0; i < 100; i++)
            {
                string text = new('x', i * 10);
                expected.Add("1:" + text);
                log.Append(text);
                if (i % 7 == 0) log.Flush(force: i % 2 == 0);
                if (i % 30 == 0) Assert.True(log.MaintainSpares());
            }

            log.Close();
        }

        Assert.Equal(expected, Records.Replay(Storage()));
    }
}

public sealed class MemoryRoundTripTests : RoundTripTests
{
    private readonly MemoryLogStorage _storage = new();

    protected override ILogStorage Storage() => _storage;
}

public sealed class FileRoundTripTests : RoundTripTests, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("concordat-log-").FullName;

    protected override ILogStorage Storage() => new FileLogStorage(Path.Combine(_directory, "a", "b"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
