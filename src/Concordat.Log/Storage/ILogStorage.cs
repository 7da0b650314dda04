namespace Concordat.Log;

/// <summary>
/// What the log needs of a disk, and no more. Errors are exceptions; after a throw of <see cref="ILogSegment.Write"/> or
/// <see cref="ILogSegment.Sync"/> any part of the bytes may be durable, and the log never asks again.
/// </summary>
public interface ILogStorage : IDisposable
{
    /// <summary>Names the place in error messages.</summary>
    string Location { get; }

    /// <summary>Takes the directory for this object until it is disposed. Throws <see cref="LogLockedException"/>.</summary>
    void Lock();

    /// <summary>Names of all files, in any order.</summary>
    IReadOnlyList<string> List();

    /// <summary>
    /// A new file of <paramref name="length"/> zero bytes, really written and durable; its name becomes so with
    /// <see cref="SyncDirectory"/>. Throws <see cref="LogSpaceException"/> when it does not fit, and then leaves nothing.
    /// </summary>
    ILogSegment Create(string name, long length);

    ILogSegment Open(string name, bool writable);

    /// <summary>Durable after <see cref="SyncDirectory"/>.</summary>
    void Delete(string name);

    void SyncDirectory();
}

/// <summary>One open file. Offsets are absolute; a write stays within the length.</summary>
public interface ILogSegment : IDisposable
{
    string Name { get; }

    long Length { get; }

    /// <summary>Fills as much of the buffer as the file has; returns how much.</summary>
    int Read(Span<byte> buffer, long offset);

    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Everything written to this file is durable when it returns.</summary>
    void Sync();
}
