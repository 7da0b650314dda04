using Concordat.Log;

namespace Concordat.Simulation;

/// <summary>Plays a plan: transfers under faults, then everything heals, and then everybody must have decided alike, within a bound (AC5).</summary>
internal sealed class SimulationRun
{
    /// <summary>Simulated time after the healing within which everything must have ended: the longest waits of all parts, one after the other.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(20);

    /// <summary>A branch that promised nothing goes when its deadline is over, on a clock that may have been an hour behind another.</summary>
    private static readonly TimeSpan ClocksApart = TimeSpan.FromHours(2.5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly World _world;
    private readonly Plan _plan;
    private MemoryLogStorage? _copy;

    internal SimulationRun(Plan plan, Coverage coverage, KillSteps kills, bool told)
    {
        _plan = plan;
        _world = new World(plan, coverage, new Trace(told), kills);
    }

    internal SimulationResult Play()
    {
        for (var number = 0; number < 1 + _plan.Participants.Count + _plan.Clients; number++)
        {
            _world.NodeAt(number).Boot();
        }

        foreach (var transfer in _plan.Transfers)
        {
            var client = _world.Clients[transfer.Client];
            _world.Agenda.Add(transfer.At, client, 0, () => client.Do(transfer));
        }

        foreach (var saga in _plan.Sagas)
        {
            var client = _world.Clients[saga.Client];
            _world.Agenda.Add(saga.At, client, 0, () => client.Do(saga));
        }

        foreach (var fault in _plan.Faults)
        {
            _world.Agenda.Add(fault.At, null, 0, () => Strike(fault));
            if (fault is Fault.Restore { CopyAt: var at })
            {
                _world.Agenda.Add(at, null, 0, () => _copy = _world.Coordinator.Disk!.Copy());
            }
        }

        _world.Agenda.Add(_plan.HealAt / 2, null, 0, () => _world.Clients[0].Look());
        _world.Agenda.Add(_plan.HealAt, null, 0, Heal);
        while (!_world.IsHealed && _world.Step())
        {
        }

        AwaitAgreement();
        return new SimulationResult
        {
            Seed = _plan.Seed,
            Violation = _world.Violation,
            Hash = _world.Trace.Hash,
            Events = _world.Events,
            CrashPoints = _world.Kills.Passed,
            Transactions = _plan.Transfers.Count,
            Participants = _plan.Participants.Count,
            Faults = _plan.Faults.Count,
            Disks = [("coordinator", _world.Coordinator.Disk!.Memory), .. _world.Participants.OfType<SdkNode>().Select(p => (p.Name, p.Disk!.Memory))],
            Story = _world.Trace.Lines,
        };
    }

    private void AwaitAgreement()
    {
        var next = _world.Now;
        var bound = _plan.Faults.Any(f => f is Fault.StepClock) ? Bound + ClocksApart : Bound;
        var end = _world.Now + bound;
        while (_world.Step())
        {
            if (_world.Now < next)
            {
                continue;
            }

            next = _world.Now + LookEvery;
            if (Judgement.HasEnded(_world))
            {
                break;
            }

            if (_world.Now > end)
            {
                _world.Break("AC5", $"{bound.TotalMinutes:0} minutes after everything healed {Judgement.WhatIsLeft(_world)}");
            }
        }

        if (_world.Violation is null)
        {
            Judgement.Judge(_world);
        }
    }

    private void Strike(Fault fault)
    {
        switch (fault)
        {
            case Fault.Kill f when _world.NodeAt(f.Node).IsUp:
                _world.Count(Happening.Kill);
                _world.NodeAt(f.Node).Die(f.Loss, f.DownFor);
                break;
            case Fault.KillAtPoint f:
                _world.NodeAt(f.Node).KillTerms = (f.Loss, f.DownFor);
                _world.NodeAt(f.Node).KillsInSync = f.InSync;
                _world.NodeAt(f.Node).KillCountdown = f.Countdown;
                break;
            case Fault.Pause f when _world.NodeAt(f.Node).IsUp:
                _world.Count(Happening.Pause);
                _world.Tell(_world.NodeAt(f.Node), $"is paused for {f.For.TotalSeconds:0.###} s");
                _world.NodeAt(f.Node).Pause(f.For);
                break;
            case Fault.StepClock f:
                _world.Count(Happening.ClockStep);
                _world.Tell(_world.NodeAt(f.Node), $"has its clock stepped by {f.By}");
                _world.NodeAt(f.Node).StepClock(f.By);
                break;
            case Fault.Cut f:
                _world.Count(Happening.Cut);
                _world.Tell(_world.NodeAt(f.From), $"is cut off from {_world.NodeAt(f.To)}{(f.BothWays ? ", both ways" : "")}, for {f.For.TotalSeconds:0.###} s");
                _world.Network.Cut(f.From, f.To, f.BothWays, 1);
                Later(f.For, () => _world.Network.Cut(f.From, f.To, f.BothWays, -1));
                break;
            case Fault.Storm f:
                _world.Count(Happening.Storm);
                _world.Network.Weather = f.Weather;
                Later(f.For, () => _world.Network.Weather = _plan.Weather);
                break;
            case Fault.FailWrite f when _world.NodeAt(f.Node).Disk is { } disk:
                _world.Count(Happening.FailedWrite);
                disk.FailWrite(f.InCalls);
                break;
            case Fault.FailSync f when _world.NodeAt(f.Node).Disk is { } disk:
                _world.Count(Happening.FailedSync);
                disk.FailSync(f.InCalls);
                break;
            case Fault.FillDisk f when _world.NodeAt(f.Node).Disk is { } disk:
                _world.Count(Happening.FullDisk);
                _world.Tell(_world.NodeAt(f.Node), $"has a full disk for {f.For.TotalSeconds:0.###} s");
                disk.Fill();
                Later(f.For, disk.Clear);
                break;
            case Fault.SlowDisk f:
                _world.Count(Happening.SlowDisk);
                _world.SlowDown(_world.NodeAt(f.Node), f.Latency);
                Later(f.For, () => _world.SlowDown(_world.NodeAt(f.Node), null));
                break;
            case Fault.Intruder when _world.Coordinator.IsUp:
                _world.Count(Happening.Intruder);
                Intrude();
                break;
            case Fault.Restore when _copy is not null:
                _world.Count(Happening.Restore);
                _world.Tell(_world.Coordinator, $"is put back on an old copy of its disk");
                Restore(_copy);
                break;
            case Fault.Stranger f when _world.NodeAt(f.Node) is SdkNode node:
                _world.Count(Happening.Stranger);
                _world.Visit(node);
                break;
        }
    }

    private void Later(TimeSpan delay, Action action) => _world.Agenda.Add(_world.Now + delay, null, 0, () =>
    {
        if (!_world.IsHealed)
        {
            action();
        }
    });

    /// <summary>Somebody restores a backup, and says so to the next start.</summary>
    private void Restore(MemoryLogStorage copy)
    {
        _copy = null;
        if (_world.Coordinator.IsUp)
        {
            _world.Coordinator.Die(PowerLoss.None, TimeSpan.FromSeconds(1));
        }

        _world.Coordinator.Disk!.Replace(copy);
        _world.Coordinator.IsRestored = true;
        _world.WasRestored = true;
    }

    /// <summary>I15: whoever comes second finds the directory taken.</summary>
    private void Intrude()
    {
        try
        {
            _world.Coordinator.Disk!.Memory.Lock();
        }
        catch (LogLockedException)
        {
            return;
        }

        _world.Break("I15", "a second process could lock the coordinator's log");
    }

    private void Heal()
    {
        Spoil();
        _world.IsHealed = true;
        _world.Network.HealAll();
        _world.Network.Weather = Weather.Fair;
        for (var number = 0; number < 1 + _plan.Participants.Count; number++)
        {
            var node = _world.NodeAt(number);
            node.KillCountdown = 0;
            node.Disk?.Heal();
            _world.SlowDown(node, null);
            node.Resume();
        }

        _world.Tell(_world.Coordinator, $"and everybody else are healed: no more faults");
        _world.Agenda.Add(_world.Now + TimeSpan.FromSeconds(40), null, 0, EndStrangers);
        if (_world.WasRestored)
        {
            _world.Agenda.Add(_world.Now + TimeSpan.FromSeconds(30), null, 0, new Operator(_world).LookAfter);
        }

        if (_plan.Sagas.Count > 0)
        {
            _world.Agenda.Add(_world.Now + TimeSpan.FromSeconds(30), null, 0, new SagaOperator(_world, _world.ServiceDice.Split()).LookAfter);
        }
    }

    /// <summary>Looks what a start would make of a copy of some disk in which a bit went bad. The world itself goes on unspoilt.</summary>
    private void Spoil()
    {
        var dice = new Dice(~_plan.RunSeed);
        var node = _world.NodeAt(dice.Below(1 + _plan.Participants.Count));
        if (node.Disk is not null)
        {
            Rot.Strike(_world, node, dice);
        }
    }

    private void EndStrangers()
    {
        _world.StrangerMayEnd = true;
        foreach (var node in _world.Participants.OfType<SdkNode>())
        {
            foreach (var key in node.Witness.Strangers.Keys)
            {
                node.ReceiveStranger(Strangers.Rollback(key, node.Now.Wall));
            }
        }

        _world.Agenda.Add(_world.Now + TimeSpan.FromSeconds(40), null, 0, EndStrangers);
    }
}
