namespace Concordat.Log;

/// <summary>Who flushes a log and looks after its space. <see cref="LogDriver"/> does it with threads; a simulation on its own clock.</summary>
public interface ILogDriver : IDisposable
{
    /// <summary>Spares are missing because the disk had no space when it was last tried.</summary>
    bool IsDiskFull { get; }

    /// <summary>What was appended so far must become durable. Never waits.</summary>
    void RequestFlush();

    /// <summary>Look for missing spares and removed segments now. Never waits.</summary>
    void RequestMaintenance();

    /// <summary>Stops without writing anything more, as a crash would.</summary>
    void Abandon();
}
