using Concordat.Samples.Bank.Driver;
using Spectre.Console;

namespace Concordat.Samples.Bank.Reporting;

/// <summary>A progress bar.</summary>
internal sealed class TerminalDisplay : IDisplay
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    public void Say(string line) => AnsiConsole.MarkupLineInterpolated($"{line}");

    public Task FollowAsync(TransferProgress progress, Task work) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("transfers", maxValue: progress.Total);
                while (!work.IsCompleted)
                {
                    bar.Value = progress.Finished;
                    await Task.WhenAny(work, Task.Delay(Refresh));
                }

                bar.Value = progress.Finished;
            });
}
