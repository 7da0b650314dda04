using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Log.Tests;

/// <summary>Random lives of a log against a list of strings.</summary>
public sealed class ModelTests
{
    [Fact]
    public void I16_any_life_of_a_log_keeps_exactly_what_was_made_durable()
    {
        var steps = Gen.Choose(0, int.MaxValue).ArrayOf(60);
        var config = Config.QuickThrowOnFailure.WithMaxTest(LongRun.Cases(300, 20_000));
        Prop.ForAll(steps.ToArbitrary(), life => new LogModel().Live(life)).Check(config);
    }
}

/// <summary>The naive list: records with where they begin, how many are promised, and where removals may have cut.</summary>
internal sealed class LogModel
{
    private readonly List<(string Record, long Begin)> _records = [];
    private readonly List<long> _starts = [];
    private MemoryLogStorage _disk = new();
    private FaultyLogStorage _faults = null!;
    private WriteAheadLog _log = null!;
    private Guid? _identity;
    private int _promised;
    private long _removedBefore;
    private int _next;

    internal void Live(int[] life)
    {
        Open(crashed: false);
        foreach (int step in life) Try(step % 14, step / 14);
        _faults.Heal();
        _log.Close();
        _promised = _records.Count;
        Open(crashed: false);
        _log.Dispose();
    }

    private void Try(int kind, int argument)
    {
        try
        {
            Step(kind, argument);
        }
        catch (Exception e) when (e is PowerCutException || e.InnerException is PowerCutException)
        {
            _disk = _disk.Crash(CrashPlan.RandomSectors(argument));
            Open(crashed: true);
        }
    }

    private void Step(int kind, int argument)
    {
        switch (kind)
        {
            case <= 4: Append(argument); break;
            case 5: _log.Flush(force: false); break;
            case 6 or 7: Force(); break;
            case 8: _log.WriteMark(); break;
            case 9: Checkpoint(); break;
            case 10: Remove(argument); break;
            case 11: _log.MaintainSpares(); break;
            case 12: PlanPowerCut(argument); break;
            default: Restart(argument); break;
        }
    }

    private void Append(int argument)
    {
        string text = $"{_next++}".PadRight(argument % 3 == 0 ? argument % 1000 : argument % 60, 'p');
        long end = _log.Append(text).Value;
        _records.Add((text, end - LogFormat.FrameBytes(text.Length)));
    }

    private void Force()
    {
        Assert.Equal(_log.AppendedPosition, _log.Flush(force: true));
        _promised = _records.Count;
    }

    private void Checkpoint()
    {
        _starts.Add(_log.StartSegment().Value);
        Append(7);
    }

    private void Remove(int argument)
    {
        if (_starts.Count == 0) return;
        long position = _starts[argument % _starts.Count];
        if (position >= _log.DurablePosition.Value) return;
        _log.RemoveBefore(new LogPosition(position));
        _removedBefore = Math.Max(_removedBefore, position);
    }

    // Somewhere in what comes next: amid a flush, a preallocation, a removal, a clean stop, or a recovery.
    private void PlanPowerCut(int argument) =>
        _faults.OnChange(_faults.Changes + 1 + (argument % 6), LogFault.Before(() => throw new PowerCutException()));

    private void Restart(int argument)
    {
        bool clean = argument % 4 == 0;
        if (clean)
        {
            _log.Close();
            _promised = _records.Count;
        }
        else
        {
            _disk = _disk.Crash((argument % 4) switch
            {
                1 => CrashPlan.LoseUnsynced,
                2 => CrashPlan.KeepPrefix(argument % 3000),
                _ => CrashPlan.RandomSectors(argument),
            });
        }

        Open(!clean);
    }

    private void Open(bool crashed)
    {
        var replayed = new List<(string Record, long Begin)>();
        _faults = new FaultyLogStorage(_disk);
        _log = WriteAheadLog.Open(_faults, Records.Small, (position, _, payload) =>
            replayed.Add((System.Text.Encoding.UTF8.GetString(payload), position.Value)));
        Assert.Equal(_identity ??= _log.Identity, _log.Identity);
        int first = replayed.Count == 0 ? 0 : _records.IndexOf(replayed[0]);
        Assert.True(first >= 0, "the first replayed record was never appended there");
        Assert.True(first == 0 || _records[first].Begin <= _removedBefore, "records are gone that nobody removed");
        Assert.Equal(_records.Skip(first).Take(replayed.Count), replayed);
        Assert.True(first + replayed.Count >= _promised, $"{_promised} records were promised, {first + replayed.Count} are there");
        if (!crashed) Assert.Equal(_records.Count, first + replayed.Count);
        _records.RemoveRange(first + replayed.Count, _records.Count - first - replayed.Count);
        _starts.RemoveAll(s => _records.All(r => r.Begin != s));
        // What was recovered is durable now, by rewriting or because it was.
        _promised = _records.Count;
    }
}
