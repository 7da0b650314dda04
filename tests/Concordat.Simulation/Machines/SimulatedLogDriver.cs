using Concordat.Log;

namespace Concordat.Simulation;

/// <summary>
/// Does what <see cref="LogDriver"/> does with threads, on simulated time: one flush at a time, write and then sync, while the next batch
/// gathers; the mark when the log goes idle; spares made and old segments deleted when the log asks for it.
/// </summary>
internal sealed class SimulatedLogDriver : ILogDriver
{
    private static readonly TimeSpan IdleDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FullDiskDelay = TimeSpan.FromSeconds(1);

    private readonly Node _node;
    private readonly WriteAheadLog _log;
    private readonly Dice _dice;
    private readonly Action<LogPosition> _onDurable;
    private bool _flushWanted, _flushing, _idleArmed, _maintenancePlanned;
    private TimeSpan _lastForce;

    internal SimulatedLogDriver(World world, Node node, WriteAheadLog log, Dice dice, Action<LogPosition> onDurable)
    {
        (World, _node, _log, _dice, _onDurable) = (world, node, log, dice, onDurable);
        log.FirstStaged = ArmIdle;
        log.SpacesWanted = RequestMaintenance;
        RequestMaintenance();
    }

    public bool IsDiskFull { get; private set; }

    private World World { get; }

    public void RequestFlush()
    {
        if (_flushWanted)
        {
            return;
        }

        _flushWanted = true;
        if (!_flushing)
        {
            _flushing = true;
            _node.After(World.Moment(_dice), Write);
        }
    }

    public void RequestMaintenance()
    {
        if (!_maintenancePlanned)
        {
            _maintenancePlanned = true;
            _node.After(World.Moment(_dice), Maintain);
        }
    }

    /// <summary>The disk is quick for once: what is asked for is done before this returns.</summary>
    internal void CatchUp()
    {
        if (_flushWanted)
        {
            _flushWanted = false;
            _onDurable(_log.Flush(force: true));
        }

        IsDiskFull = !_log.MaintainSpares();
    }

    public void Abandon() => _log.Dispose();

    public void Dispose() => _log.Close();

    private void Write()
    {
        _flushWanted = false;
        _log.Flush(force: false);
        _node.After(World.SyncTime(_node, _dice), Sync);
    }

    private void Sync()
    {
        var durable = _log.Sync();
        _flushing = false;
        _lastForce = World.Now;
        _onDurable(durable);
        ArmIdle();
        if (_flushWanted)
        {
            _flushing = true;
            Write();
        }
    }

    private void Maintain()
    {
        _maintenancePlanned = false;
        IsDiskFull = !_log.MaintainSpares();
        if (IsDiskFull)
        {
            _maintenancePlanned = true;
            _node.After(FullDiskDelay, Maintain);
        }
    }

    private void ArmIdle()
    {
        if (!_idleArmed)
        {
            _idleArmed = true;
            _node.After(IdleDelay, Idle);
        }
    }

    private void Idle()
    {
        var quiet = World.Now - _lastForce;
        if (quiet < IdleDelay || _flushing)
        {
            _node.After(quiet < IdleDelay ? IdleDelay - quiet : IdleDelay, Idle);
            return;
        }

        _idleArmed = false;
        _log.WriteMark();
    }
}
