using System.Runtime.InteropServices;

namespace Concordat.Torture.Tests.Machines;

/// <summary>
/// An ext4 file system of its own under the data of every process, in a file behind a loop device, whose power can be cut: what was
/// not synced is gone, whatever the programs thought.
/// </summary>
internal sealed partial class Disks : Machine
{
    // _IOR('X', 125, __u32). Without flushing its journal first: what the journal holds only in memory is gone too.
    private const nuint Ext4Shutdown = 0x8004587D;
    private const uint WithoutJournal = 2;
    private const uint WithJournal = 1;
    private const int SizeMebibytes = 32;
    private PrivateNamespace? _mounts;

    protected override async Task PutUpAsync(IReadOnlyList<string> processes)
    {
        Assert.SkipWhen(Programs.Find("mkfs.ext4") is null, "not run: mkfs.ext4 (e2fsprogs) is not installed");
        _mounts = await PrivateNamespace.CreateAsync(Output, PrivateNamespace.Mounts);
        foreach (var process in processes)
        {
            var image = ImageOf(process);
            await using (var file = File.Create(image))
            {
                file.SetLength(SizeMebibytes * 1024L * 1024L);
            }

            Directory.CreateDirectory(DiskOf(process));
            await _mounts.RunAsync("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image);
            var (exitCode, output) = await _mounts.TryAsync("mount", "-o", "loop", image, DiskOf(process));
            Assert.SkipWhen(exitCode != 0, $"not run: a file cannot be mounted as a disk here: {output}");
        }
    }

    internal override string DataOf(string process) => Path.Combine(DiskOf(process), "data");

    internal override string[] Around(string process, string[] command) => _mounts!.Inside(command);

    internal override string[] SeeingAll(string[] command) => _mounts!.Inside(command);

    /// <summary>Cuts the power under the disk of a process. From now on every write and sync to it fails.</summary>
    /// <param name="process">Whose disk.</param>
    /// <param name="journalWritten">The names and sizes of files as they were last, and not their content; otherwise nothing that was not synced.</param>
    internal void Cut(string process, bool journalWritten)
    {
        using var anyFile = File.OpenHandle(FileOn(process, "switch"), FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var how = journalWritten ? WithJournal : WithoutJournal;
        if (Ioctl(anyFile, Ext4Shutdown, ref how) != 0)
        {
            Assert.Skip($"not run: the power of an ext4 file system cannot be cut here: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Switches it on again. Nobody has a file open on it any more.</summary>
    internal async Task SwitchOnAsync(string process)
    {
        await _mounts!.RunAsync("umount", DiskOf(process));
        await _mounts.RunAsync("mount", "-o", "loop", ImageOf(process), DiskOf(process));
    }

    /// <summary>A file on the disk of a process, seen from outside.</summary>
    internal string FileOn(string process, string name) => _mounts!.FromOutside(Path.Combine(DiskOf(process), name));

    private string ImageOf(string process) => DiskOf(process) + ".img";

    private string DiskOf(string process) => Path.Combine(Folder, "disk-" + process);

    public override async ValueTask DisposeAsync()
    {
        if (_mounts is not null)
        {
            await _mounts.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Ioctl(SafeHandle file, nuint request, ref uint argument);
}
