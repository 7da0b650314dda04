using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Participants;

/// <summary>Participants come, move and go; each change is durable before its answer.</summary>
internal static class Registering
{
    internal static void Put(CoordinatorState s, PutParticipantInput input)
    {
        var known = s.Participants.Find(input.Name);
        if (known is { Flags.IsResource: true })
        {
            s.Refuse(input.Caller, ProblemKind.WrongKind, $"'{input.Name}' is a resource, {known.Url}: it is not called at an address");
            return;
        }

        Put(s, input, known);
    }

    private static void Put(CoordinatorState s, PutParticipantInput input, Participant? known)
    {
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

    /// <summary>
    /// A name that means a database goes on to mean it, until it is removed: to take what another one lists for its own would end what is still
    /// prepared here. Also where nothing is unfinished, since processes that know the name go on to vote under it.
    /// </summary>
    internal static void PutResource(CoordinatorState s, PutResourceInput input)
    {
        switch (s.Participants.Find(input.Name))
        {
            case { Flags.IsResource: false } service:
                s.Refuse(input.Caller, ProblemKind.WrongKind, $"'{input.Name}' is a service, at {service.Url}: it is not a resource");
                return;
            case { } other when !string.Equals(other.Url, input.Identity, StringComparison.Ordinal):
                s.Answer(input.Caller, OtherDatabase(other, input.Identity));
                return;
            case var known:
                Put(s, new PutParticipantInput(input.Caller, input.Name, input.Identity, ParticipantFlags.Resource), known);
                return;
        }
    }

    internal static ProblemReply OtherDatabase(Participant resource, string identity) =>
        new(ProblemKind.OtherDatabase, $"resource '{resource.Name}' is {resource.Url}, with {resource.Unfinished} unfinished branches; this is {identity}");

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
            null => NotRegistered(input.Name, input.IsResource),
            { Flags.IsResource: var isResource } when isResource != input.IsResource => NotRegistered(input.Name, input.IsResource),
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
            s.Answer(input.Caller, new ParticipantsReply([.. s.Participants.All.Where(p => p.Flags.IsResource == input.IsResource)], input.IsResource));
        }
        else if (s.Participants.Find(input.Name) is { } participant && participant.Flags.IsResource == input.IsResource)
        {
            s.Answer(input.Caller, new ParticipantReply(participant, Answered.Ok));
        }
        else
        {
            s.Answer(input.Caller, NotRegistered(input.Name, input.IsResource));
        }
    }

    private static ProblemReply NotRegistered(string name, bool isResource) =>
        new(ProblemKind.NoSuchParticipant, $"{(isResource ? "resource" : "participant")} '{name}' is not registered");
}
