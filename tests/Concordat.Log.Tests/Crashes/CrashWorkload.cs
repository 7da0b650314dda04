namespace Concordat.Log.Tests;

/// <summary>Does everything that a log can do, and writes down what it was promised before the power went.</summary>
internal sealed class CrashWorkload
{
    private readonly List<long> _starts = [0];
    private int _next;

    internal Guid? Identity { get; private set; }

    /// <summary>Text and end of every record, in order.</summary>
    internal List<(string Record, long Begin, long End)> Appended { get; } = [];

    internal long Announced { get; private set; }

    internal long Removed { get; private set; }

    internal bool Completed { get; private set; }

    internal void Run(ILogStorage storage)
    {
        try
        {
            using var log = Records.Open(storage);
            Identity = log.Identity;
            log.MaintainSpares();
            Add(log, 3, 40);
            Force(log);
            Add(log, 2, 700);
            log.Flush(force: false);
            log.WriteMark();
            Add(log, 5, 900);
            Force(log);
            log.MaintainSpares();
            log.WriteMark();
            _starts.Add(log.StartSegment().Value);
            Add(log, 4, 500);
            Force(log);
            Removed = _starts[^1];
            log.RemoveBefore(new LogPosition(Removed));
            log.MaintainSpares();
            Add(log, 12, 1000);
            Force(log);
            Add(log, 1, 8);
            log.WriteMark();
            Add(log, 1, 8);
            Force(log);
            log.Close();
            Completed = true;
        }
        catch (Exception e) when (e is PowerCutException || e.InnerException is PowerCutException)
        {
        }
    }

    /// <summary>A run of the records without hole, from one that may be the first, to the end of what was promised or later.</summary>
    internal void Check(MemoryLogStorage disk, string what)
    {
        var positions = new List<long>();
        var replayed = new List<string>();
        Guid identity;
        long durable;
        using (var log = WriteAheadLog.Open(disk, Records.Small, (position, type, payload) =>
        {
            positions.Add(position.Value);
            replayed.Add(System.Text.Encoding.UTF8.GetString(payload));
        }))
        {
            identity = log.Identity;
            durable = log.DurablePosition.Value;
        }

        if (Identity is { } known) Assert.True(known == identity, $"{what}: the identity changed");
        Assert.True(durable >= Announced, $"{what}: {Announced} was announced as durable, {durable} recovered");
        int first = replayed.Count == 0 ? 0 : Appended.FindIndex(a => a.Record == replayed[0]);
        Assert.True(first >= 0, $"{what}: '{replayed.FirstOrDefault()}' was never appended");
        Assert.True(first == 0 || Appended[first].Begin <= Removed, $"{what}: records before the first are gone that nobody removed");
        Assert.True(replayed.SequenceEqual(Appended.Skip(first).Take(replayed.Count).Select(a => a.Record)), $"{what}: a hole or wrong order");
        Assert.True(positions.SequenceEqual(Appended.Skip(first).Take(replayed.Count).Select(a => a.Begin)), $"{what}: positions changed");
        int promised = Appended.Count(a => a.End <= Announced);
        Assert.True(first + replayed.Count >= promised, $"{what}: {promised} records were promised, {first + replayed.Count} are there");
    }

    private void Add(WriteAheadLog log, int count, int bytes)
    {
        for (int i = 0; i < count; i++)
        {
            string text = $"{_next++}:".PadRight(bytes, (char)('a' + (_next % 26)));
            long end = log.Append(text).Value;
            Appended.Add((text, end - LogFormat.FrameBytes(text.Length), end));
        }
    }

    private void Force(WriteAheadLog log) => Announced = log.Flush(force: true).Value;
}
