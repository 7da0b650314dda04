using System.Text;

namespace Concordat.Matrix.Tests.Proxies;

/// <summary>A message that is not to arrive: a request at its server, or the answer to it at its client.</summary>
/// <param name="part">Of the request's text.</param>
internal sealed class Hold(string part, bool isAnswer)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _part = Encoding.ASCII.GetBytes(part);

    internal string Name => $"{(isAnswer ? "the answer to" : "the request")} '{part}'";

    /// <summary>The first one is held.</summary>
    internal Task Reached => _reached.Task;

    internal bool IsOfAnswers => isAnswer;

    internal bool Matches(ReadOnlySpan<byte> request) => request.IndexOf(_part) >= 0;

    /// <summary>Ends when the message may go on, or its connection is cut.</summary>
    internal async Task WaitAsync(CancellationToken cut)
    {
        _reached.TrySetResult();
        await _released.Task.WaitAsync(cut);
    }

    internal void Release() => _released.TrySetResult();
}
