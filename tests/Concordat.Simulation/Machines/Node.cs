using Concordat.Core;

namespace Concordat.Simulation;

/// <summary>
/// A machine with one process on it: up or down, running or paused, with a wall clock of its own. What the process was about to do is lost
/// with it: everything it put on the agenda belongs to its incarnation.
/// </summary>
internal abstract class Node(World world, int number, string name)
{
    protected World World { get; } = world;

    internal int Number { get; } = number;

    internal string Name { get; } = name;

    internal bool IsUp { get; private set; }

    internal int Incarnation { get; private set; }

    private readonly List<Action> _parked = [];
    private int _pauses;

    /// <summary>The process stands still; what comes to it waits.</summary>
    internal bool IsPaused { get; private set; }

    /// <summary>How far its wall clock is off.</summary>
    internal TimeSpan WallOffset { get; private set; }

    /// <summary>The process dies at the how-manieth crash point from now; 0: at none.</summary>
    internal int KillCountdown { get; set; }

    /// <summary>Of the crash points only syncs count.</summary>
    internal bool KillsInSync { get; set; }

    /// <summary>What becomes of the disk at a death by <see cref="KillCountdown"/>, and how long the machine stays down.</summary>
    internal (PowerLoss Loss, TimeSpan DownFor) KillTerms { get; set; }

    /// <summary>Null where it keeps nothing on a disk.</summary>
    internal Disk? Disk { get; set; }

    protected TimeSpan BootedAt { get; private set; }

    internal Now Now => new(World.Now - BootedAt, World.Beginning + (World.Now + WallOffset));

    /// <summary>Starts the process.</summary>
    internal void Boot()
    {
        if (IsUp)
        {
            return;
        }

        IsUp = true;
        BootedAt = World.Now;
        World.Tell(this, $"starts");
        World.Guard(this, Start);
    }

    /// <summary>The process is gone at once.</summary>
    internal void Die(PowerLoss loss, TimeSpan downFor)
    {
        World.Tell(this, $"dies ({loss}), down for {downFor.TotalSeconds:0.###} s");
        IsUp = false;
        Disk?.Lose(loss);
        Incarnation++;
        KillCountdown = 0;
        IsPaused = false;
        _parked.Clear();
        Stopped();
        World.Agenda.Add(World.Now + downFor, null, 0, Boot);
    }

    internal void Pause(TimeSpan time)
    {
        IsPaused = true;
        var pause = ++_pauses;
        World.Agenda.Add(World.Now + time, null, 0, () =>
        {
            if (pause == _pauses)
            {
                Resume();
            }
        });
    }

    internal void Resume()
    {
        IsPaused = false;
        foreach (var action in _parked)
        {
            After(TimeSpan.Zero, action);
        }

        _parked.Clear();
    }

    /// <summary>It happens when the pause is over.</summary>
    internal void Park(Action action) => _parked.Add(action);

    internal void StepClock(TimeSpan by) => WallOffset += by;

    /// <summary>This process does something later, if it still lives then.</summary>
    internal void After(TimeSpan delay, Action action)
    {
        // The code of a process that was just killed may still be on the stack.
        if (IsUp)
        {
            World.Agenda.Add(World.Now + delay, this, Incarnation, action);
        }
    }

    /// <summary>A crash point: the process may die here, and then this does not return.</summary>
    internal void Pass(CrashPoint point) => World.Pass(this, point);

    /// <summary>A new process begins, on the disk as it is.</summary>
    protected abstract void Start();

    /// <summary>What was in memory is gone.</summary>
    protected abstract void Stopped();

    public override string ToString() => Name;
}

/// <summary>What a death leaves of what was written and not synced.</summary>
internal enum PowerLoss
{
    /// <summary>Only the process died: the system still has everything, and it is still not synced.</summary>
    None,

    /// <summary>All of it is gone.</summary>
    All,

    /// <summary>The first bytes in the order of the writes are there; one write may be cut.</summary>
    Prefix,

    /// <summary>Each sector for itself, torn ones among them.</summary>
    Sectors,
}
