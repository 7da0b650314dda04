namespace Concordat.Torture.Tests.Machines;

/// <summary>A small file system in memory under the data of every process, which can be filled to the last byte.</summary>
internal sealed class SmallDisks(int sizeBytes) : Machine
{
    private PrivateNamespace? _mounts;

    protected override async Task PutUpAsync(IReadOnlyList<string> processes)
    {
        _mounts = await PrivateNamespace.CreateAsync(Output, PrivateNamespace.Mounts);
        foreach (var process in processes)
        {
            var path = Directory.CreateDirectory(DiskOf(process)).FullName;
            var (exitCode, output) = await _mounts.TryAsync("mount", "-t", "tmpfs", "-o", $"size={sizeBytes}", "tmpfs", path);
            Assert.SkipWhen(exitCode != 0, $"not run: a small file system cannot be mounted here: {output}");
        }
    }

    internal override string DataOf(string process) => Path.Combine(DiskOf(process), "data");

    internal override string[] Around(string process, string[] command) => _mounts!.Inside(command);

    internal override string[] SeeingAll(string[] command) => _mounts!.Inside(command);

    internal void Fill(string process)
    {
        using var file = new FileStream(Filler(process), FileMode.Append);
        var page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full, which is what was wanted.
        }
    }

    internal void Free(string process) => File.Delete(Filler(process));

    private string Filler(string process) => _mounts!.FromOutside(Path.Combine(DiskOf(process), "filler"));

    private string DiskOf(string process) => Path.Combine(Folder, "disk-" + process);

    public override async ValueTask DisposeAsync()
    {
        if (_mounts is not null)
        {
            await _mounts.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
