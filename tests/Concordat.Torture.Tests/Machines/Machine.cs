namespace Concordat.Torture.Tests.Machines;

/// <summary>What the processes of a world run on: this computer as it is. Others put a breakable part under them.</summary>
internal class Machine : IAsyncDisposable
{
    /// <summary>Where everything is kept that goes with this world.</summary>
    protected string Folder { get; private set; } = "";

    /// <summary>What tools print.</summary>
    protected TextWriter Output { get; private set; } = TextWriter.Null;

    /// <summary>Puts up what is needed, and skips the test where this computer does not offer it.</summary>
    internal async Task PutUpAsync(string folder, TextWriter output, IReadOnlyList<string> processes)
    {
        (Folder, Output) = (folder, output);
        await PutUpAsync(processes);
    }

    protected virtual Task PutUpAsync(IReadOnlyList<string> processes) => Task.CompletedTask;

    internal virtual string DataOf(string process) => Path.Combine(Folder, process);

    /// <summary>The address, in numbers, at which a process listens.</summary>
    internal virtual string AddressOf(string process) => "127.0.0.1";

    /// <summary>The command of a process, as it is started here.</summary>
    internal virtual string[] Around(string process, string[] command) => command;

    /// <summary>A command that sees the data of all of them.</summary>
    internal virtual string[] SeeingAll(string[] command) => command;

    /// <summary>How the tests themselves reach the processes.</summary>
    internal virtual SocketsHttpHandler Http() => new() { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(1) };

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
