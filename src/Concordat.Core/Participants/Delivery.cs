using Concordat.Core.Transactions;

namespace Concordat.Core.Participants;

/// <summary>
/// Sends the calls of branches and steps within their participant's limits. One queue per participant and phase, so that a dead participant
/// costs the others nothing.
/// <code>
///        connection failure, 503                      any other answer, a registration, an inquiry
///   up ─────────────────────────▶ down (one rotating probe at a time, with backoff) ─────────────▶ up
/// </code>
/// A failure that shows life delays its own branch only. While a participant is down its branches wait in their queues, and
/// its backlog flows within its limits when it is back. Steps of sagas are called all the same: their attempts are few and counted, and
/// spaced by themselves. A resource is never called: its branches stand in its queues until
/// their votes and fates are reported.
/// </summary>
internal static class Delivery
{
    /// <summary>Sends the branch's call as soon as a slot is free. A call of its earlier phase is given up.</summary>
    internal static void Send(CoordinatorState s, Delivered sender)
    {
        Withdraw(s, sender);
        sender.Place = DeliveryPlace.Queued;
        sender.Line.Add(sender);
        Pump(s, sender.Participant);
    }

    /// <summary>Takes the branch out of its queue, or gives up its call, or disarms its timer. The slot is given on by the next <see cref="Pump(CoordinatorState, Participant)"/>.</summary>
    internal static void Withdraw(CoordinatorState s, Delivered sender)
    {
        s.Timers.Disarm(sender);
        var place = sender.Place;
        sender.Place = DeliveryPlace.Idle;
        switch (place)
        {
            case DeliveryPlace.Queued:
                sender.Queue!.Remove(sender);
                break;
            case DeliveryPlace.Calling:
                s.Emit(sender.Cancel());
                FreeSlot(sender);
                if (sender.Participant.IsDown)
                {
                    // A probe that is given up says nothing: the next one waits its time, lest many deadlines make many probes.
                    ScheduleProbe(s, sender.Participant);
                }

                break;
        }
    }

    /// <summary>
    /// Takes in that a call ended. False where it is stale: of an earlier attempt, or given up. Its slot is given on by a
    /// <see cref="Pump(CoordinatorState, Participant)"/> after the answer was acted on, so that an abort sends no prepare of its own.
    /// </summary>
    internal static bool Ended(CoordinatorState s, Delivered sender, int attempt, CallResult result)
    {
        var participant = sender.Participant;
        if (sender.Place != DeliveryPlace.Calling || sender.Attempt != attempt)
        {
            return false;
        }

        FreeSlot(sender);
        sender.Place = DeliveryPlace.Idle;
        sender.Unreachable = result is Failed { Kind: FailureKind.Unreachable or FailureKind.NotConnected };
        sender.MayHaveArrived |= result is not Failed { Kind: FailureKind.NotConnected };
        if (sender.Unreachable)
        {
            WentDown(s, participant);
        }
        else if (result.ShowsLife)
        {
            IsUp(s, participant);
        }
        else if (participant.IsDown)
        {
            ScheduleProbe(s, participant);
        }

        return true;
    }

    /// <summary>Asks again: when the participant is back where it is down, else after the branch's own backoff.</summary>
    internal static void Retry(CoordinatorState s, Delivered sender, TimeSpan? retryAfter = null)
    {
        sender.Failures++;
        var retry = sender.OwnRetry ?? s.Options.Retry;
        if (sender.Participant.IsDown && sender.OwnRetry is null)
        {
            sender.Place = DeliveryPlace.Queued;
            sender.Line.Add(sender);
            return;
        }

        var wait = retry.After(sender.Failures, s.Random);
        if (retryAfter is { } asked && asked > wait)
        {
            wait = asked < retry.Cap ? asked : retry.Cap;
        }

        s.Timers.Arm(sender, s.Now.Monotonic + wait);
    }

    /// <summary>The participant was heard of by another way than an answer.</summary>
    internal static void CameUp(CoordinatorState s, Participant participant)
    {
        IsUp(s, participant);
        Pump(s, participant);
    }

    private static void IsUp(CoordinatorState s, Participant participant)
    {
        participant.IsDown = false;
        participant.ProbeFailures = 0;
        participant.Probe = null;
        s.Timers.Disarm(participant);
    }

    /// <summary>The probe timer fired.</summary>
    internal static void ProbeDue(CoordinatorState s, Participant participant) => Pump(s, participant);

    private static void WentDown(CoordinatorState s, Participant participant)
    {
        participant.IsDown = true;
        ScheduleProbe(s, participant);
    }

    private static void ScheduleProbe(CoordinatorState s, Participant participant)
    {
        if (participant.Probe is null && !participant.IsArmed)
        {
            participant.ProbeFailures++;
            s.Timers.Arm(participant, s.Now.Monotonic + s.Options.Probe.After(participant.ProbeFailures, s.Random));
        }
    }

    /// <summary>Gives free slots to those that wait.</summary>
    internal static void Pump(CoordinatorState s, Participant participant)
    {
        if (participant.Flags.IsResource)
        {
            return;
        }

        Pump(s, participant.Compensations);
        Pump(s, participant.Actions);
        if (participant.IsDown)
        {
            SendProbe(s, participant);
            return;
        }

        Pump(s, participant.Completions);
        Pump(s, participant.Prepares);
    }

    private static void Pump(CoordinatorState s, CallQueue queue)
    {
        while (!queue.IsEmpty && queue.Calling < s.Options.CallsPerParticipant)
        {
            StartCall(s, queue.TakeFirst());
        }
    }

    /// <summary>One at a time, and a failed one goes to the end of its queue, so that one poisonous branch cannot hide that the participant is back.</summary>
    private static void SendProbe(CoordinatorState s, Participant participant)
    {
        if (participant.Probe is not null || participant.IsArmed)
        {
            return;
        }

        var queue = participant.Completions.IsEmpty ? participant.Prepares : participant.Completions;
        if (!queue.IsEmpty)
        {
            participant.Probe = queue.TakeFirst();
            StartCall(s, participant.Probe);
        }
    }

    private static void StartCall(CoordinatorState s, Delivered sender)
    {
        sender.Place = DeliveryPlace.Calling;
        sender.Queue!.Calling++;
        sender.Attempt++;
        sender.AttemptsInPhase++;
        s.Emit(sender.MakeCall(s));
    }

    private static void FreeSlot(Delivered sender)
    {
        sender.Queue!.Calling--;
        if (sender.Participant.Probe == sender)
        {
            sender.Participant.Probe = null;
        }
    }
}
