using Concordat.Core;
using Concordat.Core.Records;
using Concordat.Log;
using Concordat.Server.Delivery;

namespace Concordat.Server.Engine;

/// <summary>
/// Carries effects out and keeps their ordering contract: records are appended in order; whatever the world can see waits for
/// its record. What waits is released in order, so an effect may wait a little longer than it must, never shorter; a call whose
/// record is durable already does not stand behind what waits.
/// </summary>
internal sealed class EffectCarrier(WriteAheadLog log, Action requestFlush, ICallSender sender, Action<CallEnded> report, CallersInside callers)
{
    /// <summary>Calls that wait for nothing: most are. They go out when the batch has been appended.</summary>
    private readonly List<OutgoingCall> _free = [];
    private readonly Queue<ReleasedEffect> _held = new();
    private readonly HashSet<CallKey> _heldCalls = [];
    private readonly HashSet<CallKey> _cancelled = [];
    private readonly Queue<(long Record, LogPosition End)> _appended = new();
    private long _lastRecord;
    private LogPosition _lastEnd;

    internal long DurableRecord { get; private set; }

    internal long CallsSent { get; private set; }

    /// <summary>Calls or answers wait for their records.</summary>
    internal bool IsHolding => _held.Count > 0;

    /// <summary>Appends what is to be appended and asks for a flush; holds or releases the rest.</summary>
    internal void Carry(Coordinator coordinator, List<Effect> effects)
    {
        var force = false;
        var lastBefore = _lastRecord;
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Append append:
                    _lastEnd = log.Append((byte)RecordCodec.TypeOf(append.Record), append.Payload.Span);
                    _lastRecord = append.Number;
                    break;
                case Force:
                    force = true;
                    break;
                case SagaNamed named:
                    ((EngineCaller)named.Caller).Saga = named.Saga;
                    break;
                case CancelCall cancel:
                    Cancel(cancel.Key);
                    break;
                case ReleasedEffect released:
                    Hold(released);
                    break;
            }
        }

        if (_lastRecord != lastBefore)
        {
            _appended.Enqueue((_lastRecord, _lastEnd));
        }

        // After the appends: what the flusher takes now has the whole batch.
        if (force)
        {
            requestFlush();
        }

        Release(coordinator);
    }

    /// <summary>Takes in how far the log is durable. True where that made records durable.</summary>
    internal bool TakeDurable(LogPosition durable)
    {
        var before = DurableRecord;
        while (_appended.TryPeek(out var next) && next.End <= durable)
        {
            DurableRecord = next.Record;
            _appended.Dequeue();
        }

        return DurableRecord != before;
    }

    private void Hold(ReleasedEffect effect)
    {
        if (effect is OutgoingCall call)
        {
            if (call.After <= DurableRecord)
            {
                _free.Add(call);
                return;
            }

            _heldCalls.Add(call.Key);
        }

        _held.Enqueue(effect);
    }

    private void Release(Coordinator coordinator)
    {
        SendFree();
        while (_held.TryPeek(out var effect) && effect.After <= DurableRecord)
        {
            _held.Dequeue();
            switch (effect)
            {
                case OutgoingCall call:
                    SendHeld(call);
                    break;
                case Answer answer:
                    var caller = (EngineCaller)answer.Caller;
                    callers.Remove(caller);
                    caller.Complete(ReplyRendering.Render(coordinator, answer.Reply));
                    break;
            }
        }
    }

    private void SendHeld(OutgoingCall call)
    {
        _heldCalls.Remove(call.Key);
        if (!_cancelled.Remove(call.Key))
        {
            Send(call);
        }
    }

    private void SendFree()
    {
        foreach (var call in _free)
        {
            Send(call);
        }

        _free.Clear();
    }

    private void Send(OutgoingCall call)
    {
        CallsSent++;
        sender.Send(call, report);
    }

    private void Cancel(CallKey key)
    {
        // It may be one of them: the sender is told in the order in which it was meant.
        SendFree();
        if (_heldCalls.Contains(key))
        {
            _cancelled.Add(key);
        }
        else
        {
            sender.Cancel(key);
        }
    }
}
