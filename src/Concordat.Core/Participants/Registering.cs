using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Participants;

/// <summary>Participants come, move and go; each change is durable before its answer.</summary>
internal static class Registering
{
    internal static void Put(CoordinatorState s, PutParticipantInput input)
    {
        var known = s.Participants.Find(input.Name);
        if (known is not null && string.Equals(known.Url, input.Url, StringComparison.Ordinal) && known.Flags == input.Flags)
        {
            // It says that it is there: nothing changes but that its backlog may flow.
            Delivery.CameUp(s, known);
            s.Emit(Force.Instance);
            s.Answer(input.Caller, new ParticipantReply(known, Answered.Ok), s.AppendedRecords);
            return;
        }

        var refusal = known is null && s.Participants.Count >= s.Options.MaxParticipants
            ? new ProblemReply(ProblemKind.TooManyParticipants, $"{s.Participants.Count} participants are registered, the most that are allowed")
            : Room.Refusal(s, (input.Name.Length + input.Url.Length) * 3 + 32);
        if (refusal is not null)
        {
            s.Answer(input.Caller, refusal);
            return;
        }

        var record = s.AppendForced(new ParticipantPut(s.Clock.Time, input.Name, input.Url, input.Flags), transaction: null);
        var participant = Put(s.Participants, input.Name, input.Url, input.Flags);
        if (known is not null)
        {
            Delivery.CameUp(s, known);
        }

        s.Answer(input.Caller, new ParticipantReply(participant, known is null ? Answered.Created : Answered.Ok), record);
    }

    /// <summary>Its new address holds for old transactions too; its new flags for those that begin from now on.</summary>
    internal static Participant Put(ParticipantBook book, string name, string url, ParticipantFlags flags)
    {
        if (book.Find(name) is { } known)
        {
            known.Url = url;
            known.Flags = flags;
            return known;
        }

        var participant = new Participant(name, url, flags);
        book.Add(participant);
        return participant;
    }

    internal static void Remove(CoordinatorState s, RemoveParticipantInput input)
    {
        var participant = s.Participants.Find(input.Name);
        var refusal = participant switch
        {
            null => NotRegistered(input.Name),
            { Unfinished: > 0 } => new(ProblemKind.ParticipantInUse, $"participant '{input.Name}' has {participant.Unfinished} unfinished branches"),
            _ => Room.Refusal(s, input.Name.Length + 32),
        };
        if (refusal is not null)
        {
            s.Answer(input.Caller, refusal);
            return;
        }

        s.Timers.Disarm(participant!);
        s.Participants.Remove(participant!);
        var record = s.AppendForced(new ParticipantRemoved(s.Clock.Time, input.Name), transaction: null);
        s.Answer(input.Caller, new RemovedReply(input.Name), record);
    }

    internal static void Get(CoordinatorState s, GetParticipantInput input)
    {
        if (input.Name is null)
        {
            s.Answer(input.Caller, new ParticipantsReply([.. s.Participants.All]));
        }
        else if (s.Participants.Find(input.Name) is { } participant)
        {
            s.Answer(input.Caller, new ParticipantReply(participant, Answered.Ok));
        }
        else
        {
            s.Answer(input.Caller, NotRegistered(input.Name));
        }
    }

    private static ProblemReply NotRegistered(string name) =>
        new(ProblemKind.NoSuchParticipant, $"participant '{name}' is not registered");
}
