using Concordat.Samples.Bank.Driver;

namespace Concordat.Samples.Bank.Reporting;

/// <summary>A line for every tenth of the transfers.</summary>
internal sealed class PlainDisplay(TextWriter output) : IDisplay
{
    private const int Lines = 10;

    public void Say(string line)
    {
        lock (output)
        {
            output.WriteLine(line);
        }
    }

    public async Task FollowAsync(TransferProgress progress, Task work)
    {
        var milestones = Enumerable.Range(1, Lines)
            .Select(line => (int)((long)progress.Total * line / Lines))
            .Select(finished => (finished, Reached: progress.Reaching(finished)))
            .ToArray();
        foreach (var (finished, reached) in milestones)
        {
            await Task.WhenAny(reached, work);
            if (reached.IsCompleted)
            {
                Say($"{finished,9:N0} of {progress.Total:N0} transfers");
            }
        }
    }
}
