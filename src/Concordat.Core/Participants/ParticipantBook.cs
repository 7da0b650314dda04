namespace Concordat.Core.Participants;

/// <summary>The registered participants, by name.</summary>
internal sealed class ParticipantBook
{
    /// <summary>For finding: every branch of a request is looked up.</summary>
    private readonly Dictionary<string, Participant> _byName = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Participant> _inOrder = new(StringComparer.Ordinal);

    internal int Count => _byName.Count;

    /// <summary>In the order of their names.</summary>
    internal IReadOnlyCollection<Participant> All => _inOrder.Values;

    internal Participant? Find(string name) => _byName.GetValueOrDefault(name);

    internal void Add(Participant participant)
    {
        _byName.Add(participant.Name, participant);
        _inOrder.Add(participant.Name, participant);
    }

    internal void Remove(Participant participant)
    {
        participant.IsRegistered = false;
        _byName.Remove(participant.Name);
        _inOrder.Remove(participant.Name);
    }
}
