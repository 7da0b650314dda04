using Concordat.Core.Tests.Simulation;

namespace Concordat.Core.Tests.Models;

/// <summary>
/// Databases without services before them: clients that prepare, vote, and finish or die before they do; and sweeps, whose listing is old
/// by the time that it is handed in, and whose answer is older still when somebody acts on it.
/// </summary>
internal sealed partial class RandomWorld
{
    private static readonly string[] DatabaseNames = ["db-f", "db-g"];

    private readonly Dictionary<string, DatabaseModel> _databases = new() { ["db-f"] = new(), ["db-g"] = new() };

    /// <summary>What a client has prepared, of a transaction that it has not asked to commit yet.</summary>
    private readonly Dictionary<TransactionId, List<BranchSpec>> _work = [];

    /// <summary>What somebody was told to do at a database and has not done yet.</summary>
    private readonly List<(string Database, string Name, bool Commit)> _errands = [];
    private readonly List<(string Database, SweepTicket Ticket, string[] Listed)> _listings = [];
    private readonly List<(string Database, string Name)> _reports = [];
    /// <summary>Ids that a client has: nobody prepares under another.</summary>
    private readonly List<TransactionId> _heard = [];
    private int _branches;

    private void PutDatabases()
    {
        foreach (var name in DatabaseNames)
        {
            _harness.Step(new PutResourceInput(new WorldCaller(null), name, "database " + name));
        }
    }

    private void DoDatabaseWork()
    {
        switch (Below(9))
        {
            case 0:
                Work();
                break;
            case 1:
                Work();
                CommitWork();
                break;
            case 2:
                CommitWork();
                break;
            case 3:
                DoErrand();
                break;
            case 4:
                BeginSweep(DatabaseNames[Below(2)]);
                break;
            case 5:
                EndSweep();
                break;
            case 6:
                CommitAlone();
                break;
            case 7 when Chance(3):
                _databases[DatabaseNames[Below(2)]].DropSessions();
                break;
            case 8:
                AskWhatIsOver(DatabaseNames[Below(2)]);
                break;
        }
    }

    /// <summary>A sweep that would remove markers.</summary>
    private void AskWhatIsOver(string database)
    {
        AskWhatIsOver(database, [.. _databases[database].Markers.Where(_ => Chance(2)).Take(5)]);
    }

    private void AskWhatIsOver(string database, string[] markers)
    {
        if (markers.Length > 0)
        {
            var ids = markers.Select(m => TransactionId.Parse(m[..36])).ToArray();
            _harness.Step(new EndedInput(new WorldCaller(null) { Database = database, Listed = markers }, database, "database " + database, ids));
        }
    }

    /// <summary>A client with one open branch asks to commit it in one phase.</summary>
    private void CommitAlone()
    {
        if (_heard.Count > 0)
        {
            var id = _heard[^(1 + Below(Math.Min(_heard.Count, 3)))];
            var database = DatabaseNames[Below(2)];
            var branch = $"r{++_branches}";
            _databases[database].Open($"{id}/{branch}");
            _harness.Step(new CommitInput(new WorldCaller(id) { Database = database, Alone = $"{id}/{branch}" }, id, [new BranchSpec(database, default, branch, OnePhase: "evidence")]));
        }
    }

    /// <summary>Told to go on it commits, or its database refuses, or it dies. Told anything else it rolls back.</summary>
    private void EndAlone(string database, string name, Reply reply)
    {
        var mayCommit = reply is TransactionReply { Transaction: var transaction } && _harness.Coordinator.DocumentOf(transaction).Outcome is null;
        if (mayCommit && Chance(4))
        {
            return;
        }

        _databases[database].EndOpen(name, mayCommit && !Chance(5));
        if (Chance(2))
        {
            _reports.Add((database, name));
        }
    }

    /// <summary>A client prepares; or its request to prepare comes so late that the transaction is long over.</summary>
    private void Work()
    {
        if (_heard.Count == 0)
        {
            return;
        }

        var id = Chance(8) ? _heard[Below(_heard.Count)] : _heard[^(1 + Below(Math.Min(_heard.Count, 3)))];
        var database = DatabaseNames[Below(2)];
        var branch = $"r{++_branches}";
        var name = $"{id}/{branch}";
        if (!_databases[database].Prepare(name))
        {
            return;
        }

        // Without evidence: a scope's, of which the coordinator knows no more than that there may be some.
        var vote = new BranchVote(Vote.Yes, null, Chance(2) ? "evidence" : null);
        var spec = new BranchSpec(database, default, branch, vote);
        if (Chance(4))
        {
            // A service that was called with the transaction votes by itself.
            _harness.Step(new EnlistInput(new WorldCaller(id), id, spec));
            return;
        }

        if (!_work.TryGetValue(id, out var work))
        {
            _work.Add(id, work = []);
        }

        work.Add(spec);
    }

    private void CommitWork()
    {
        if (_work.Count == 0)
        {
            return;
        }

        var (id, work) = _work.ElementAt(Below(_work.Count));
        if (Chance(6))
        {
            // The client dies before it could ask.
            _work.Remove(id);
            return;
        }

        // Its answer may be lost: then it asks again, with the same votes.
        if (Chance(3))
        {
            _work.Remove(id);
        }

        _harness.Step(new CommitInput(new WorldCaller(id, finisher: Chance(2) ? work : null), id, work));
    }

    private void DoErrand()
    {
        if (_errands.Count == 0)
        {
            return;
        }

        var at = Below(_errands.Count);
        var (database, name, commit) = _errands[at];
        _errands.RemoveAt(at);
        _databases[database].Finish(name, commit);
        if (commit && Chance(2))
        {
            Report(database, name);
        }
    }

    private void Report(string database, string name)
    {
        if (_databases[database].FateOf(name) is { } fate)
        {
            var slash = name.IndexOf('/', StringComparison.Ordinal);
            Assert.True(TransactionId.TryParse(name[..slash], out var id));
            _harness.Step(new ReportInput(new WorldCaller(null), database, [new BranchReport(id, name[(slash + 1)..], fate)]));
            if (fate == Fate.Committed && Chance(4))
            {
                // At the worst moment: the end is on its way to the disk.
                AskWhatIsOver(database, [name]);
            }
        }
    }

    private void BeginSweep(string database) => _harness.Step(new BeginSweepInput(new WorldCaller(null) { Database = database }, database, "database " + database));

    private void EndSweep()
    {
        if (_listings.Count == 0)
        {
            return;
        }

        var at = Below(_listings.Count);
        var (database, ticket, listed) = _listings[at];
        _listings.RemoveAt(at);
        _harness.Step(new EndSweepInput(new WorldCaller(null) { Database = database, Listed = listed }, database, ticket, listed));
    }

    private void HealDatabases()
    {
        _work.Clear();
        foreach (var database in DatabaseNames)
        {
            _databases[database].DropSessions();
            BeginSweep(database);
        }

        _harness.MakeDurable(_harness.AppendedRecords);
        while (_listings.Count > 0)
        {
            EndSweep();
            _harness.MakeDurable(_harness.AppendedRecords);
        }

        while (_errands.Count > 0)
        {
            DoErrand();
            _harness.MakeDurable(_harness.AppendedRecords);
        }
    }

    private void DatabaseAnswered(WorldCaller caller, Reply reply)
    {
        if (reply is TransactionReply { Transaction.Id: var heard })
        {
            _heard.Add(heard);
        }

        if (caller.Alone is { } alone)
        {
            EndAlone(caller.Database!, alone, reply);
            return;
        }

        switch (reply)
        {
            case SweepBegunReply begun:
                _listings.Add((caller.Database!, begun.Ticket, [.. _databases[caller.Database!].Prepared, "somebody's"]));
                _reports.AddRange(begun.Awaiting.Where(_ => _healed || Chance(2)).Select(b => (caller.Database!, $"{b.TransactionId}/{b.BranchId}")));
                break;
            case EndedReply over:
                foreach (var (marker, _) in caller.Listed!.Zip(over.Ended).Where(m => m.Second))
                {
                    _databases[caller.Database!].Forget(marker);
                }

                break;
            case SweptReply swept:
                Assert.Equal(PreparedClass.Foreign, swept.Prepared[^1]);
                for (var i = 0; i < swept.Prepared.Count - 1; i++)
                {
                    Told(caller.Database!, caller.Listed![i], swept.Prepared[i]);
                }

                break;
            case TransactionReply { Transaction: { Outcome: { } outcome } transaction } when caller.Finisher is { } work && transaction.Id == caller.Asked:
                _errands.AddRange(work.Select(w => (w.Participant, $"{transaction.Id}/{w.BranchId}", outcome == Outcome.Committed)));
                break;
        }
    }

    /// <summary>Not from within a step.</summary>
    private void SendReports()
    {
        foreach (var (database, name) in _reports.ToList())
        {
            Report(database, name);
        }

        _reports.Clear();
    }

    private void Told(string database, string name, PreparedClass what)
    {
        Assert.True(TransactionId.TryParse(name[..36], out var id));
        var isMember = _begun.TryGetValue(id, out var begun) && begun.Branches.Contains((database, name[37..]));
        switch (what)
        {
            case PreparedClass.Committed:
                _watch.SaysOf(id, Outcome.Committed, "a sweep");
                _errands.Add((database, name, true));
                break;
            case PreparedClass.Orphan when _databases[database].FateOf(name) is not null:
            case PreparedClass.Aborted or PreparedClass.Orphan when !isMember:
                // The listing is old: it has ended since, and its transaction is forgotten. Or it was prepared too late to vote.
                _errands.Add((database, name, false));
                break;
            case PreparedClass.Aborted or PreparedClass.Orphan:
                _watch.SaysOf(id, Outcome.Aborted, "a sweep");
                _errands.Add((database, name, false));
                break;
            default:
                Assert.Equal(PreparedClass.Pending, what);
                break;
        }
    }

    private bool IsSomethingPrepared => _databases.Values.Any(d => d.Prepared.Any());

    private void JudgeDatabases()
    {
        foreach (var (database, model) in _databases)
        {
            Assert.True(!model.Prepared.Any(), $"AC5: {string.Join(", ", model.Prepared)} are still prepared at {database} after everything healed");
            foreach (var (name, committed) in model.Finished.Where(f => f.Value))
            {
                Assert.True(TransactionId.TryParse(name[..36], out var id));
                Assert.True(_watch.Decided.GetValueOrDefault(id) == Outcome.Committed, $"AC1: {database} has committed {name}, which was not decided to commit");
            }
        }

        foreach (var (id, _) in _watch.Decided.Where(d => d.Value == Outcome.Committed))
        {
            foreach (var (database, branch) in _begun[id].Branches.Where(b => _databases.ContainsKey(b.Participant)))
            {
                Assert.True(_databases[database].Finished.GetValueOrDefault($"{id}/{branch}"), $"AC1: {id} is committed, and {database} has not committed its branch {branch}");
            }
        }
    }
}
