using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Concordat.Core.Transactions;

namespace Concordat.Core.Tests.Scenarios;

/// <summary>What each command does.</summary>
internal sealed partial class ScenarioRunner
{
    private void Do(Words w)
    {
        if (_room is { } room && _started)
        {
            _harness.Coordinator.RoomBytes = room;
        }

        switch (w.Command)
        {
            case "options":
                _options = Options(w);
                break;
            case "disk":
                _quickDisk = w.Has("quick");
                break;
            case "participant":
                _harness.Step(new PutParticipantInput(Caller(w), w.Names[0], $"http://{w["at"] ?? w.Names[0]}", new ParticipantFlags(w.Has("one-phase"), w.Has("inquires"))));
                break;
            case "resource":
                _harness.Step(new PutResourceInput(Caller(w), w.Names[0], w["is"] ?? $"database {w.Names[0]}"));
                break;
            case "sweep":
                _harness.Step(new BeginSweepInput(Caller(w), w.Names[0], w["is"] ?? $"database {w.Names[0]}"));
                break;
            case "listed":
                _harness.Step(new EndSweepInput(Caller(w), w.Names[0], _ticket, [.. w.Names.Skip(1).Select(PreparedName)]));
                break;
            case "look":
                _harness.Step(new LookInput(Caller(w), w.Names[0], w["is"] ?? $"database {w.Names[0]}", [.. w.Names.Skip(1).Select(PreparedName)]));
                break;
            case "ended":
                _harness.Step(new EndedInput(Caller(w), w.Names[0], w["is"] ?? $"database {w.Names[0]}", [.. w.Names.Skip(1).Select(Id)]));
                break;
            case "report":
                var branch = w.Names[1].Split('/');
                _harness.Step(new ReportInput(Caller(w), w.Names[0], [new BranchReport(Id(branch[0]), branch[1], FateOf(w.Names[2]))]));
                break;
            case "remove":
                _harness.Step(new RemoveParticipantInput(Caller(w), w.Names[0], w.Has("resource")));
                break;
            case "participants":
                _harness.Step(new GetParticipantInput(Caller(w), w.Names.FirstOrDefault()));
                break;
            case "begin" or "run" or "run-async" or "open":
                Begin(w);
                break;
            case "enlist":
                _harness.Step(new EnlistInput(Caller(w), Id(w), Branch(w.Names[1], w)));
                break;
            case "commit":
                _harness.Step(new CommitInput(Caller(w), Id(w), [.. w.Names.Skip(1).Select(name => Branch(name, w))]));
                break;
            case "rollback":
                _harness.Step(new RollbackInput(Caller(w), Id(w)));
                break;
            case "lock":
                _harness.Step(new LockInput(Caller(w), Id(w), Wants(w.Names.Skip(1)), Words.Span(w["wait"] ?? "30s")));
                break;
            case "locks":
                _harness.Step(new ListLocksInput(Caller(w), new LockFilter { Key = w["key"], Transaction = w["of"] is { } of ? Id(of) : null, WaitingOnly = w.Has("waiting"), Cursor = w["cursor"], Limit = int.Parse(w["limit"] ?? "50", CultureInfo.InvariantCulture) }));
                break;
            case "get":
                _harness.Step(new GetInput(Caller(w), Id(w), w["wait"] is { } limit ? Words.Span(limit) : null));
                break;
            case "show":
                _harness.Step(new GetInput(new ScenarioCaller(w.Line, Id(w), whole: true), Id(w)));
                break;
            case "list":
                _harness.Step(new ListInput(Caller(w), Filter(w)));
                break;
            case "inquire":
                _harness.Step(new InquiryInput(Caller(w), Id(w), w.Names.ElementAtOrDefault(1), w["wait"] is { } most ? Words.Span(most) : null));
                break;
            case "resolve":
                var settlement = w.Names[2] == "committed" ? Settlement.Committed : Settlement.RolledBack;
                _harness.Step(new ResolveInput(Caller(w), Id(w), w.Names[1], settlement, w["who"] ?? "olga", w["why"] ?? "seen"));
                break;
            case "reply":
                ReplyTo(w);
                break;
            case "durable":
                _harness.MakeDurable(w.Names.Count > 0 ? long.Parse(w.Names[0], CultureInfo.InvariantCulture) : _harness.AppendedRecords);
                break;
            case "advance":
                Advance(Words.Span(w.Names[0]));
                break;
            case "wall":
                _harness.Jump(Words.Span(w.Names[0]));
                break;
            case "checkpoint":
                _checkpoints.Add(_harness.Log.Count);
                _harness.Checkpoint();
                break;
            case "copy":
                _copied = _harness.DurableCount;
                break;
            case "crash" or "kill":
                Restart(w);
                break;
            case "room":
                _room = w.Names[0] == "ample" ? long.MaxValue : long.Parse(w.Names[0], CultureInfo.InvariantCulture) + _harness.Coordinator.ReservedBytes;
                break;
            case "counts":
                PrintCounts();
                break;
            default:
                DoSaga(w);
                break;
        }
    }

    private void Begin(Words w)
    {
        var mode = w.Command switch
        {
            "run" => BeginMode.Run,
            "run-async" => BeginMode.RunInBackground,
            _ => BeginMode.Open,
        };
        var spec = new TransactionSpec
        {
            Name = w["name"],
            Timeout = Words.Span(w["timeout"] ?? "60s"),
            Branches = [.. w.Names.Skip(1).Select(name => Branch(name, w))],
            Labels = w["label"] is { } label ? [new(label.Split(':')[0], label.Split(':')[1])] : [],
            Locks = w["locks"] is { } locks ? Wants(locks.Split(',')) : [],
        };
        var key = w["key"] is { } value ? new IdempotencyKey(value, SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(w["body"] ?? ""))) : null;
        _naming = w.Names[0];
        _harness.Step(new BeginInput(Caller(w, asked: null), mode, spec, key));
        _naming = null;
    }

    /// <summary><c>key:x</c> exclusive, <c>key:s</c> shared.</summary>
    private static LockWant[] Wants(IEnumerable<string> names) =>
        [.. names.Select(name => name.Split(':')).Select(parts => new LockWant(parts[0], parts[1] == "x" ? LockMode.Exclusive : LockMode.Shared))];

    /// <summary>A participant's name, or its name and the branch's id.</summary>
    private static BranchSpec Branch(string name, Words w)
    {
        var operations = w["operations"] is { } text ? System.Text.Encoding.UTF8.GetBytes(text) : [];
        BranchVote? vote = w["vote"] switch
        {
            null => null,
            "no" => new(Vote.No, w["reason"], null),
            "readOnly" => new(Vote.ReadOnly, null, null),
            _ => new(Vote.Yes, null, w["evidence"]),
        };
        return name.Split(':') is [var participant, var id] ? new(participant, operations, id, vote, w["one-phase"], w["is"]) : new(name, operations, Vote: vote);
    }

    /// <summary>A branch as its database calls it; what is not of a transaction of ours is what it is.</summary>
    private string PreparedName(string name) => name.Split('/') is [var transaction, var branch] ? $"{Id(transaction)}/{branch}" : name;

    private static Fate FateOf(string word) => word switch
    {
        "committed" => Fate.Committed,
        "rolled-back" => Fate.RolledBack,
        "unknown" => Fate.Unknown,
        _ => throw new FormatException($"'{word}' is no fate"),
    };

    /// <summary>Answers the call of a branch that is out. With <c>#n</c>: an answer of an attempt that nobody waits for.</summary>
    private void ReplyTo(Words w)
    {
        var target = w.Names[0].Split('/', '#');
        var id = _ids[target[0]];
        if (_harness.StepsOut.FirstOrDefault(c => c.Key.Transaction == id && c.Target.Step == target[1]) is { } step)
        {
            _harness.End(step.Key, StepResult(step, w.Names[1], w));
            return;
        }

        var result = Result(w.Names[1], w);
        if (target.Length == 3)
        {
            var key = new CallKey(id, int.Parse(target[1], CultureInfo.InvariantCulture) - 1, int.Parse(target[2], CultureInfo.InvariantCulture));
            _harness.Step(new CallEnded(key, result));
            return;
        }

        var call = _harness.CallsOut.FirstOrDefault(c => c.Key.Transaction == id && c.Target.BranchId == target[1]);
        if (call is null)
        {
            Print($"no call of {w.Names[0]} is out");
            return;
        }

        _harness.End(call.Key, result);
    }

    private static CallResult Result(string word, Words w)
    {
        TimeSpan? retryAfter = w["after"] is { } after ? Words.Span(after) : null;
        return word switch
        {
            "yes" => new Voted(Vote.Yes, null, w["evidence"]),
            "no" => new Voted(Vote.No, w["reason"], null),
            "readOnly" => new Voted(Vote.ReadOnly, null, null),
            "done" => Done.Instance,
            "410" => new NeverHeardOf("410"),
            "reject" => new Rejected("422"),
            "timeout" => new Failed(FailureKind.Timeout, "no answer in 10 s"),
            "unreachable" => new Failed(FailureKind.Unreachable, "connection reset"),
            "503" => new Failed(FailureKind.Unreachable, "503", retryAfter),
            "not-connected" => new Failed(FailureKind.NotConnected, "connection refused"),
            "nonsense" or "500" or "404" or "202" => new Failed(FailureKind.Answer, word, retryAfter),
            _ => throw new FormatException($"'{word}' is no answer"),
        };
    }

    /// <summary>Time passes, from one timer to the next.</summary>
    private void Advance(TimeSpan time)
    {
        var end = _harness.Now.Monotonic + time;
        while (_harness.Coordinator.NextDue is { } due && due <= end)
        {
            _harness.Pass(due - _harness.Now.Monotonic);
            Print($"at {_printer.Time(Simulation.Harness.Beginning.Wall + _harness.Elapsed)}");
            _harness.Tick();
            if (_quickDisk)
            {
                _harness.MakeForcedDurable();
            }
        }

        _harness.Pass(end - _harness.Now.Monotonic);
        _harness.Tick();
    }

    /// <summary><c>crash</c> is a power cut: what is not durable is lost. <c>kill</c> ends the process: what was appended is there.</summary>
    private void Restart(Words w)
    {
        if (w.Has("copy"))
        {
            _watch.Reset();
            _harness.RestartFromCopy(_copied, w.Has("restored"));
            return;
        }

        var surviving = w.Command == "kill" ? _harness.Log.Count
            : w["surviving"] is { } n ? _harness.Log.Count - (int)_harness.AppendedRecords + int.Parse(n, CultureInfo.InvariantCulture)
            : _harness.DurableCount;
        _watch.ReadOn(_harness.Log, _harness.DurableCount);
        var dropped = w.Has("trimmed") ? _checkpoints[^1] : w["dropped"] is { } d ? int.Parse(d, CultureInfo.InvariantCulture) : 0;
        _checkpoints.RemoveAll(c => c >= surviving || dropped > 0);
        _harness.Restart(surviving, dropped, w.Has("restored"));
        _watch.LogBeginsAnew(_harness.DurableCount);
    }

    private void PrintCounts()
    {
        var counts = _harness.Coordinator.Counts;
        Print($"undecided={counts.Undecided} open={counts.Open} hazards={counts.Hazards} history={counts.History} keys={counts.IdempotencyKeys} reserved={_harness.Coordinator.ReservedBytes}");
        if (Enum.GetValues<SagaState>().Where(state => counts.SagasInState(state) > 0).Select(state => $"{counts.SagasInState(state)} {state.ToString().ToLowerInvariant()}").ToList() is { Count: > 0 } sagas)
        {
            Print($"sagas {string.Join(", ", sagas)}");
        }
    }

    private ScenarioCaller Caller(Words w) => Caller(w, w.Names.Count > 0 && _ids.TryGetValue(w.Names[0], out var id) ? id : null);

    private static ScenarioCaller Caller(Words w, TransactionId? asked) => new(w.Line, asked);

    /// <summary>A transaction's name, or an id of its own making: <c>foreign</c>, <c>of-unknown-epoch</c>, <c>never-issued</c>.</summary>
    private TransactionId Id(Words w) => Id(w.Names[0]);

    private TransactionId Id(string name)
    {
        if (!_ids.TryGetValue(name, out var id))
        {
            id = name switch
            {
                "foreign" => new TransactionId(1, 1000, 1),
                "of-unknown-epoch" => new TransactionId(Simulation.Harness.CoordinatorId, 77, 1),
                "never-issued" => new TransactionId(Simulation.Harness.CoordinatorId, 1000, 999),
                _ => throw new FormatException($"'{name}' is no transaction"),
            };
            _ids.Add(name, id);
            _printer.Name(id, name);
        }

        return id;
    }

    private static TransactionFilter Filter(Words w) => new()
    {
        State = w["state"] is { } state ? Enum.Parse<TransactionState>(state, ignoreCase: true) : null,
        Outcome = w["outcome"] is { } outcome ? Enum.Parse<Outcome>(outcome, ignoreCase: true) : null,
        Name = w["name"],
        Participant = w["participant"],
        OlderThan = w["older"] is { } older ? Words.Span(older) : null,
        Labels = w["label"] is { } label ? [new(label.Split(':')[0], label.Split(':')[1])] : [],
        Limit = w["limit"] is { } limit ? int.Parse(limit, CultureInfo.InvariantCulture) : 50,
        Cursor = w["cursor"],
    };

    private static CoordinatorOptions Options(Words w)
    {
        var options = new CoordinatorOptions();
        foreach (var (name, value) in w.Settings)
        {
            int Number() => int.Parse(value, CultureInfo.InvariantCulture);
            options = name switch
            {
                "calls" => options with { CallsPerParticipant = Number() },
                "branches" => options with { MaxBranches = Number() },
                "undecided" => options with { MaxUndecided = Number() },
                "backlog" => options with { MaxBacklogPerParticipant = Number() },
                "participants" => options with { MaxParticipants = Number() },
                "keys" => options with { MaxIdempotencyKeys = Number() },
                "retention-count" => options with { RetentionCount = Number() },
                "retention-age" => options with { RetentionAge = Words.Span(value) },
                "locks" => options with { MaxLocks = Number() },
                "locks-each" => options with { MaxLocksPerTransaction = Number() },
                "record" => options with { MaxRecordBytes = Number() },
                "sagas" => options with { MaxSagas = Number() },
                "list-scan" => options with { ListScanLimit = Number() },
                _ => throw new FormatException($"'{name}' is no option"),
            };
        }

        return options;
    }
}
