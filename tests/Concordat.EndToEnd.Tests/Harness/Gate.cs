namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>Closed until the test opens it; scripts wait in front of it.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void Open() => _opened.TrySetResult();

    /// <summary>Answers honestly, but only once the gate is open.</summary>
    internal async Task<Reply> HoldAsync(Call call, Func<Reply> honest)
    {
        await _opened.Task;
        return honest();
    }

    /// <summary>Answers 500 as long as it is closed.</summary>
    internal Task<Reply> RefuseAsync(Call call, Func<Reply> honest) => Task.FromResult(_opened.Task.IsCompleted ? honest() : new Reply(500));
}
