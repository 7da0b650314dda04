namespace Concordat.Log.Tests;

public sealed class AllocationTests
{
    [Fact]
    public void Appending_allocates_nothing_once_the_buffers_have_grown()
    {
        using var log = Records.Open(new MemoryLogStorage(), new LogOptions { SegmentSizeBytes = 4 * 1024 * 1024 });
        byte[] payload = new byte[200];
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 2000; i++) log.Append(1, payload);
            log.Flush(force: false);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 2000; i++) log.Append(1, payload);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
