using System.Net;

namespace Concordat.Client;

/// <summary>
/// Makes the first attempts at calls of one kind. The first few go by themselves, at once; what comes while they are under way gathers, and goes as one call, a
/// batch, when one of them is back. So one caller alone waits for nothing, and many share calls.
/// <code>
///            a seat is free                     answered
///   (new) ─────────────────► alone ──────────────────────────────► its attempt
///     │ none is                ▲  only one / waited too long
///     ▼                        │
///   waiting ──── picked by who gives back a seat ─┬─► leads: sends all that wait, hands out their attempts, gives its seat back
///     │                                           └─► follows: is handed its attempt
///     └── cancelled: was never sent
/// </code>
/// A batch is only another way to make an attempt: what may be concluded from how it ended is the same for each of its items, and who repeats does so by itself.
/// It goes on when one of its callers is cancelled, whoever leads.
/// </summary>
/// <param name="list">The member of its body that holds them.</param>
/// <param name="seats">How many calls are under way before others gather.</param>
/// <param name="longestWait">A call that hangs must not hold up others: who has waited so long goes alone, seat or not.</param>
/// <param name="send">One attempt at a batch; never throws but what a bug throws.</param>
internal sealed class Gatherer(string list, int seats, TimeSpan longestWait, Func<byte[], Task<Attempt>> send, TimeProvider time)
{
    private const int MostAtOnce = 100;

    /// <summary>After an answer by which the coordinator does not know such calls: it may be another one, or a newer one, by then.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _underWay;
    private long? _unknownSince;

    /// <param name="item">Its body among others.</param>
    /// <param name="alone">The attempt as a call of its own.</param>
    /// <exception cref="OperationCanceledException">By the caller; the call may have been made.</exception>
    public async Task<Attempt> MakeAsync(Func<byte[]> item, Func<Task<Attempt>> alone, CancellationToken cancellationToken)
    {
        if (IsUnknown)
        {
            return await alone().ConfigureAwait(false);
        }

        if (Enter(item) is not { } mine)
        {
            return await InSeatAsync(alone).ConfigureAwait(false);
        }

        if (await TurnOfAsync(mine, cancellationToken).ConfigureAwait(false) is not { } turn)
        {
            return await alone().ConfigureAwait(false);
        }

        switch (turn)
        {
            case Turn.Lead { Batch: [_] }:
                return await InSeatAsync(alone).ConfigureAwait(false);
            case Turn.Lead { Batch: var batch }:
                return await LeadAsync(batch).WaitAsync(cancellationToken).ConfigureAwait(false);
            default:
                return ((Turn.Over)turn).Attempt;
        }
    }

    private bool IsUnknown
    {
        get
        {
            lock (_gate)
            {
                return _unknownSince is { } since && time.GetElapsedTime(since) < Pause;
            }
        }
    }

    /// <summary>Null: has a seat.</summary>
    private Waiting? Enter(Func<byte[]> item)
    {
        lock (_gate)
        {
            if (_underWay < seats)
            {
                _underWay++;
                return null;
            }

            var mine = new Waiting(item);
            _waiting.Enqueue(mine);
            return mine;
        }
    }

    /// <summary>Null: it has waited too long, and nobody has picked it.</summary>
    private async Task<Turn?> TurnOfAsync(Waiting mine, CancellationToken cancellationToken)
    {
        try
        {
            return await mine.Turn.WaitAsync(longestWait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException) when (mine.TryLeave())
        {
            return null;
        }
        catch (TimeoutException)
        {
            // It is on its way. Who leads may be this one, and is told at once.
        }
        catch (OperationCanceledException) when (mine.TryLeave() || !mine.Leads)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return await mine.Turn.ConfigureAwait(false);
        }

        return await TurnOfPickedAsync(mine, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Turn?> TurnOfPickedAsync(Waiting mine, CancellationToken cancellationToken)
    {
        try
        {
            return await mine.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (mine.Leads)
        {
            return await mine.Turn.ConfigureAwait(false);
        }
    }

    private async Task<Attempt> InSeatAsync(Func<Task<Attempt>> alone)
    {
        try
        {
            return await alone().ConfigureAwait(false);
        }
        finally
        {
            GiveSeatBack();
        }
    }

    /// <summary>To those that wait, or to whoever comes next.</summary>
    private void GiveSeatBack()
    {
        List<Waiting>? batch = null;
        lock (_gate)
        {
            while ((batch?.Count ?? 0) < MostAtOnce && _waiting.TryDequeue(out var next))
            {
                if (next.TryPick(leads: batch is null))
                {
                    (batch ??= []).Add(next);
                }
            }

            if (batch is null)
            {
                _underWay--;
                return;
            }
        }

        batch[0].Tell(new Turn.Lead(batch));
    }

    /// <summary>Sends all of them; the first is the leader's own, whose attempt is the result.</summary>
    private async Task<Attempt> LeadAsync(List<Waiting> batch)
    {
        Attempt[] attempts = [];
        try
        {
            // No caller can cancel it: it is for all of them, and bounded by itself.
            var whole = await send(BodyOf(batch)).ConfigureAwait(false);
            var isUnknown = whole is Attempt.Answered { Response.StatusCode: HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed };
            attempts = await BatchAttempts.OfAsync(whole, batch.Count, time).ConfigureAwait(false);
            if (isUnknown)
            {
                lock (_gate)
                {
                    _unknownSince = time.GetTimestamp();
                }
            }

            return attempts[0];
        }
        catch (Exception e)
        {
            attempts = [.. Enumerable.Repeat<Attempt>(new Attempt.Lost(e.Message, e), batch.Count)];
            throw;
        }
        finally
        {
            for (var i = 1; i < batch.Count; i++)
            {
                batch[i].Tell(new Turn.Over(attempts[i]));
            }

            GiveSeatBack();
        }
    }

    private byte[] BodyOf(List<Waiting> batch)
    {
        using var body = new MemoryStream();
        body.Write(System.Text.Encoding.UTF8.GetBytes($"{{\"{list}\":["));
        for (var i = 0; i < batch.Count; i++)
        {
            if (i > 0)
            {
                body.WriteByte((byte)',');
            }

            body.Write(batch[i].Body());
        }

        body.Write("]}"u8);
        return body.ToArray();
    }

    private sealed class Waiting(Func<byte[]> body)
    {
        private const int InQueue = 0, Left = 1, Follows = 2, LeadsOthers = 3;
        private readonly TaskCompletionSource<Turn> _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _state;

        public Func<byte[]> Body => body;

        public Task<Turn> Turn => _turn.Task;

        /// <summary>It was picked, and the others depend on it.</summary>
        public bool Leads => Volatile.Read(ref _state) == LeadsOthers;

        public bool TryPick(bool leads) => Interlocked.CompareExchange(ref _state, leads ? LeadsOthers : Follows, InQueue) == InQueue;

        public bool TryLeave() => Interlocked.CompareExchange(ref _state, Left, InQueue) == InQueue;

        public void Tell(Turn turn) => _turn.SetResult(turn);
    }

    private abstract record Turn
    {
        public sealed record Lead(List<Waiting> Batch) : Turn;

        public sealed record Over(Attempt Attempt) : Turn;
    }
}
