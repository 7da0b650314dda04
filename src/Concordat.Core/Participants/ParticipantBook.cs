namespace Concordat.Core.Participants;

/// <summary>The registered participants, by name.</summary>
internal sealed class ParticipantBook
{
    private readonly SortedDictionary<string, Participant> _byName = new(StringComparer.Ordinal);

    internal int Count => _byName.Count;

    /// <summary>In the order of their names.</summary>
    internal IReadOnlyCollection<Participant> All => _byName.Values;

    internal Participant? Find(string name) => _byName.GetValueOrDefault(name);

    internal void Add(Participant participant) => _byName.Add(participant.Name, participant);

    internal void Remove(Participant participant)
    {
        participant.IsRegistered = false;
        _byName.Remove(participant.Name);
    }
}
