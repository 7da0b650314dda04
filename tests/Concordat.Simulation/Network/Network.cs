using Concordat.Core;

namespace Concordat.Simulation;

/// <summary>
/// Requests and their answers. Either may be lost, noticed or not, come late, come twice, or overtake another; a link may be cut in one
/// direction or in both.
/// </summary>
internal sealed class Network(World world, Dice dice, int nodes)
{
    private readonly int[,] _cuts = new int[nodes, nodes];

    internal Weather Weather { get; set; } = Weather.Fair;

    internal void Cut(int from, int to, bool bothWays, int by)
    {
        _cuts[from, to] += by;
        if (bothWays)
        {
            _cuts[to, from] += by;
        }
    }

    internal void HealAll() => Array.Clear(_cuts);

    /// <summary>Calls a process, and ends with its answer or with how it failed, exactly once, unless the caller dies.</summary>
    /// <param name="arrive">At the other end; may happen twice, or long after the caller gave up.</param>
    /// <param name="end">At this end: an answer, or a <see cref="FailureKind"/>.</param>
    internal void Call(Node from, Node to, TimeSpan timeout, Action<Exchange> arrive, Action<object> end)
    {
        var exchange = new Exchange(this, from, to, arrive, end);
        exchange.EndAfter(timeout, FailureKind.Timeout);
        var copies = dice.Chance(Weather.Duplication) ? 2 : 1;
        world.Count(copies == 2 ? Happening.MessageDuplicated : Happening.MessageSent);
        for (var i = 0; i < copies; i++)
        {
            if (Fate(from, to) is { } delay)
            {
                world.Agenda.Add(world.Now + delay, null, 0, copies == 1 ? exchange.ArriveAlone : exchange.Arrive);
            }
            else if (copies == 1 && dice.Chance(Weather.Reset))
            {
                exchange.EndAfter(world.Moment(dice), FailureKind.Unreachable);
            }
        }
    }

    /// <summary>How long a message takes; null where it is lost.</summary>
    private TimeSpan? Fate(Node from, Node to)
    {
        if (_cuts[from.Number, to.Number] > 0)
        {
            world.Count(Happening.MessageCut);
            return null;
        }

        if (dice.Chance(Weather.Loss))
        {
            world.Count(Happening.MessageLost);
            return null;
        }

        var delay = dice.Between(TimeSpan.FromTicks(500), Weather.Latency);
        if (dice.Chance(Weather.Straggling))
        {
            world.Count(Happening.MessageLate);
            delay += dice.Between(TimeSpan.Zero, Weather.Longest);
        }

        return delay;
    }

    internal sealed class Exchange(Network network, Node from, Node to, Action<Exchange> arrive, Action<object> end)
    {
        private readonly int _incarnation = from.Incarnation;
        private bool _ended;

        internal void EndAfter(TimeSpan delay, object result) =>
            network.World.Agenda.Add(network.World.Now + delay, from, _incarnation, () => End(result));

        internal void ArriveAlone()
        {
            if (!to.IsUp)
            {
                // Nobody listens: it certainly did not arrive.
                if (network.Fate(to, from) is { } delay)
                {
                    EndAfter(delay, FailureKind.NotConnected);
                }

                return;
            }

            Arrive();
        }

        internal void Arrive()
        {
            if (to.IsUp)
            {
                network.World.Agenda.Add(network.World.Now, to, to.Incarnation, () => arrive(this));
            }
        }

        /// <summary>The answer sets out.</summary>
        internal void Answer(object content)
        {
            if (network.Fate(to, from) is { } delay)
            {
                EndAfter(delay, content);
            }
            else if (network.Dice.Chance(network.Weather.Reset))
            {
                EndAfter(network.World.Moment(network.Dice), FailureKind.Unreachable);
            }
        }

        private void End(object result)
        {
            if (!_ended)
            {
                _ended = true;
                end(result);
            }
        }
    }

    private World World => world;

    private Dice Dice => dice;
}
