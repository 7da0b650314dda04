using System.Runtime.InteropServices;
using Concordat.Cli.Output;

namespace Concordat.Cli.Serving;

/// <summary>Ctrl-C and SIGTERM. The first asks for an orderly stop; the second ends the process where it stands, which a restart recovers from.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Terminal _terminal;
    private readonly PosixSignalRegistration[] _registrations;
    private readonly CancellationTokenRegistration _cancellation;

    internal StopSignals(Terminal terminal, CancellationToken cancellationToken)
    {
        _terminal = terminal;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
        _cancellation = cancellationToken.Register(() => _stop.TrySetResult());
    }

    /// <summary>Completes at the first signal.</summary>
    internal Task Stop => _stop.Task;

    public void Dispose()
    {
        _cancellation.Dispose();
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_stop.TrySetResult())
        {
            _terminal.Error.WriteLine("concordat: stopping: finishing what is decided; a second signal stops at once");
            return;
        }

        ProcessEnd.AtOnce(_terminal, "stopped at once by a second signal; a restart takes up what was left");
    }
}
