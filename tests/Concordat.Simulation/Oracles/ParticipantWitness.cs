using Concordat.Core.Participation.Records;
using static Concordat.Core.Participation.Records.ParticipantRecord;

namespace Concordat.Simulation;

/// <summary>Reads a participant's log off its disk and judges each record as it is written.</summary>
internal sealed class ParticipantWitness(World world, int participant) : LogWitness(world, "participant " + participant)
{
    /// <summary>Branches of coordinators that are not simulated, by what the log says of them last.</summary>
    internal Dictionary<Core.Participation.BranchKey, string> Strangers { get; } = [];

    /// <summary>Amounts that are committed here, durably or on the way.</summary>
    internal HashSet<Core.Participation.BranchKey> CommittedBranches { get; } = [];

    protected override object Decode(byte type, ReadOnlySpan<byte> payload) => ParticipantRecordCodec.Read(type, payload);

    protected override void Seen(Entry entry)
    {
        World.Coverage.Record(Role.Participant, ((ParticipantRecord)entry.Record).GetType().Name);
        Note(entry, isNew: true);
    }

    protected override void Durable(Entry entry)
    {
        if (entry.Record is not OfBranch r || Find(r) is not { } branch)
        {
            return;
        }

        switch (r)
        {
            case Prepared p:
                branch.PreparedDurable = true;
                branch.DecidedThere |= p.OnePhase;
                break;
            case Committed:
                branch.CommittedDurable = true;
                break;
            case RolledBack:
                branch.RolledBackDurable = true;
                break;
        }
    }

    protected override void Rebuilt(int lost)
    {
        foreach (var branch in World.Deals.All.SelectMany(d => d.Branches).Where(b => b.Participant == participant))
        {
            branch.PreparedDurable = branch.CommittedWritten = branch.CommittedDurable = branch.RolledBackWritten = branch.RolledBackDurable = false;
        }

        CommittedBranches.Clear();
        foreach (var entry in Entries)
        {
            Note(entry, isNew: false);
            if (entry.IsDurable)
            {
                Durable(entry);
            }
        }
    }

    private void Note(Entry entry, bool isNew)
    {
        if (entry.Record is not OfBranch r)
        {
            return;
        }

        if (World.IsStranger(r.Key.Transaction))
        {
            Stranger(r, isNew);
            return;
        }

        var branch = Find(r);
        switch (r)
        {
            case Prepared when isNew && branch is { RolledBackWritten: true } or { CommittedWritten: true }:
                throw World.Break("I13", $"participant {participant} prepares {r.Key} after its end");
            case Committed c:
                if (c.Vote == Vote.Yes)
                {
                    CommittedBranches.Add(c.Key);
                }

                if (branch is not null)
                {
                    branch.CommittedWritten = true;
                }

                if (isNew)
                {
                    Allow(c, branch);
                }

                break;
            case RolledBack:
                if (branch is not null)
                {
                    branch.RolledBackWritten = true;
                    if (isNew)
                    {
                        GiveUp(r, branch);
                    }
                }

                break;
        }
    }

    private void Allow(Committed c, DealBranch? branch)
    {
        if (!c.OnePhase && World.Deals.Find(c.Key.Transaction) is not { WasCommitted: true })
        {
            throw World.Break("I12", $"participant {participant} commits {c.Key}, which is not decided to commit");
        }

        if (branch is { RolledBackWritten: true })
        {
            throw World.Break("AC2", $"participant {participant} commits {c.Key} after it rolled it back");
        }
    }

    private void GiveUp(OfBranch r, DealBranch branch)
    {
        if (branch.CommittedWritten)
        {
            throw World.Break("AC2", $"participant {participant} rolls {r.Key} back after it committed it");
        }

        if (!branch.PreparedDurable)
        {
            return;
        }

        branch.GaveUp = true;
        if (World.Deals.Find(r.Key.Transaction) is { WasCommitted: true } && !branch.Left)
        {
            throw World.Break("AC1", $"participant {participant} rolls {r.Key} back, which is decided to commit");
        }
    }

    private void Stranger(OfBranch r, bool isNew)
    {
        // Before its yes it may drop the branch by itself.
        var promised = Strangers.GetValueOrDefault(r.Key) == nameof(Prepared);
        if (isNew && promised && r is (Committed or RolledBack) && !World.StrangerMayEnd)
        {
            throw World.Break("I18", $"participant {participant} ends {r.Key}, which belongs to another coordinator and was not told of");
        }

        Strangers[r.Key] = r.GetType().Name;
    }

    private DealBranch? Find(OfBranch r) => World.Deals.Find(r.Key.Transaction)?.Find(r.Key.Branch);
}
