using Concordat.Core.Recovery;

namespace Concordat.Simulation;

/// <summary>What happened in the world, counted.</summary>
internal enum Happening
{
    MessageSent,
    MessageLost,
    MessageLate,
    MessageDuplicated,
    MessageCut,
    Kill,
    KillAtPoint,
    Pause,
    ClockStep,
    Cut,
    Storm,
    FailedWrite,
    FailedSync,
    FullDisk,
    SlowDisk,
    Intruder,
    Stranger,
    Restore,
    ResourceFailure,
    ServiceFailure,
    StepRefused,

    /// <summary>An action that came after its compensation, and was refused.</summary>
    LateAction,

    /// <summary>A person tried again at once, or undid by hand.</summary>
    StepRetried,
    StepResolved,
    SagaCompleted,
    SagaCompensated,
}

/// <summary>Which crash points, records, recovery rows and faults the runs have reached. Added up over runs; one per thread.</summary>
public sealed class Coverage
{
    private readonly long[] _passed = new long[CrashPoint.Codes];
    private readonly long[] _killed = new long[CrashPoint.Codes];
    private readonly long[] _happened = new long[Enum.GetValues<Happening>().Length];
    private readonly SortedDictionary<string, long> _records = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _rows = new(StringComparer.Ordinal);

    /// <summary>Crash points by name: how often they were passed, and how often a process was killed there.</summary>
    public IEnumerable<(string Name, long Passed, long Killed)> Points
    {
        get
        {
            for (var code = 0; code < CrashPoint.Codes; code++)
            {
                if (_passed[code] > 0)
                {
                    yield return (new CrashPoint(code).ToString(), _passed[code], _killed[code]);
                }
            }
        }
    }

    /// <summary>Records written, by whose and which.</summary>
    public IReadOnlyDictionary<string, long> Records => _records;

    /// <summary>Rows of the recovery table that a start met.</summary>
    public IReadOnlyDictionary<string, long> RecoveryRows => _rows;

    /// <summary>Faults and the network's accidents.</summary>
    public IEnumerable<(string Name, long Count)> Happenings => Enum.GetValues<Happening>().Select(h => (h.ToString(), _happened[(int)h]));

    /// <summary>Everything that another has counted is counted here too.</summary>
    public void Add(Coverage other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Sum(_passed, other._passed);
        Sum(_killed, other._killed);
        Sum(_happened, other._happened);
        Sum(_records, other._records);
        Sum(_rows, other._rows);
    }

    internal void Pass(CrashPoint point) => _passed[point.Code]++;

    internal void Kill(CrashPoint point) => _killed[point.Code]++;

    internal void Count(Happening happening) => _happened[(int)happening]++;

    internal void Record(Role role, string record)
    {
        var name = role == Role.Coordinator ? record : "participant's " + record;
        _records[name] = _records.GetValueOrDefault(name) + 1;
    }

    /// <summary>The coordinator starts on this log: which rows of the table does it meet?</summary>
    internal void Recovered(Deals deals)
    {
        foreach (var deal in deals.All)
        {
            if (!deal.IsOnRecord)
            {
                continue;
            }

            var row = RecoveryTable.Decide(new LogFacts(true, deal.OnePhase, deal.Decided is null ? 0 : 1, deal.Decided, false, deal.Ended)).ToString();
            _rows[row] = _rows.GetValueOrDefault(row) + 1;
        }
    }

    private static void Sum(long[] to, long[] from)
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] += from[i];
        }
    }

    private static void Sum(SortedDictionary<string, long> to, SortedDictionary<string, long> from)
    {
        foreach (var (name, count) in from)
        {
            to[name] = to.GetValueOrDefault(name) + count;
        }
    }
}
