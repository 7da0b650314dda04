using Concordat.Core.Encoding;
using Concordat.Core.History;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using Concordat.Core.Transactions;

namespace Concordat.Core.Recovery;

/// <summary>
/// Writes down all that a log must hold to begin here: the epochs, the participants, every transaction and saga that has not ended, and
/// those that are kept for ever. It is one run of records, appended at the beginning of a segment and forced; older segments
/// may go when it is durable and no history that is still kept lies in them. A crash before that leaves the older ones.
/// </summary>
internal static class Checkpointing
{
    internal static void Write(CoordinatorState s)
    {
        var at = s.Clock.Time;
        var images = new List<byte[]>();
        var writer = new RecordWriter();
        var forgotten = s.Epochs.All.ToDictionary(epoch => epoch.Number, epoch => epoch.ForgottenUpTo);
        foreach (var entry in s.Table.OldestFirst())
        {
            switch (entry)
            {
                case Transaction live:
                    writer.Clear();
                    TransactionImage.Write(live, writer);
                    images.Add(writer.Written.ToArray());
                    break;
                case FinishedTransaction { IsKeptForEver: true } finished:
                    images.Add(finished.Image);
                    break;
                case FinishedTransaction finished:
                    // The log that begins here does not know it: asked for, it must say "forgotten", for it may have committed.
                    s.Epochs.Classify(finished.Id, out var of);
                    forgotten[of!.Number] = Math.Max(forgotten[of.Number], finished.Id.Counter);
                    break;
            }
        }

        var sagas = new List<Saga>();
        foreach (var entry in s.Sagas.Table.OldestFirst())
        {
            switch (entry)
            {
                case Saga live:
                    sagas.Add(live);
                    break;
                case FinishedSaga finished:
                    s.Epochs.Classify(finished.Id, out var of);
                    forgotten[of!.Number] = Math.Max(forgotten[of.Number], finished.Id.Counter);
                    break;
            }
        }

        s.Append(new CheckpointStarted(at, images.Count), transaction: null);
        foreach (var epoch in s.Epochs.All)
        {
            s.Append(new EpochKnown(at, epoch.Number, epoch.Nonce, epoch.IsUncertain, forgotten[epoch.Number]), transaction: null);
        }

        if (s.Tokens.Reserved > 0)
        {
            s.Append(new TokensReserved(at, s.Tokens.Reserved), transaction: null);
        }

        foreach (var participant in s.Participants.All)
        {
            s.Append(new ParticipantPut(at, participant.Name, participant.Url, participant.Flags), transaction: null);
        }

        foreach (var image in images)
        {
            s.Append(new TransactionSnapshot(at, image), transaction: null);
        }

        foreach (var record in sagas.SelectMany(static saga => saga.Records))
        {
            s.Append(new SagaRemembered(at, record));
        }

        s.AppendForced(new CheckpointEnded(at), transaction: null);
    }
}
