using Concordat.Log.Oracle;

namespace Concordat.Log.Tests.Oracle;

public sealed class RandomLogTests
{
    [Fact]
    public void I16_the_document_reads_from_any_log_what_was_written_and_so_does_the_code()
    {
        int segments = 0, marks = 0;
        for (int seed = 0; seed < LongRun.Cases(150, 5000); seed++)
        {
            var log = new RandomLog(seed, steps: 120);
            bool cleanly = seed % 2 == 0;
            log.Stop(cleanly);
            var judged = Assert.IsType<OracleJudgement.Sound>(Verdicts.MustAgree(log.Disk, $"seed {seed}", log.Options));
            Assert.False(judged.IsTorn);
            Assert.Equal(log.Written, judged.NextPosition);
            long first = judged.Frames[0].Frame.Position;
            Assert.True(first <= log.RemovedBefore, $"seed {seed}: the log begins at {first}, but only what is before {log.RemovedBefore} was given up");
            Assert.True(SameRecords(log.Appended.Where(record => record.Position >= first), judged.Records), $"seed {seed}: other records than written");
            if (cleanly)
            {
                // Without room the last frame may be the mark of an earlier stop, or anything.
                Assert.True(!log.EndsWithStopMark || judged.Frames[^1].Frame.Type == LogFormat.StopMark,
                    $"seed {seed}: there was room for a stop mark, but the log ends with a frame of type {judged.Frames[^1].Frame.Type}");
                if (log.EndsWithStopMark) Assert.Equal(judged.Frames[^1].Frame.Position, judged.AttestedPosition);
                marks += log.EndsWithStopMark ? 1 : 0;
            }

            segments += log.Segments;
        }

        Assert.True(segments > 150 && marks > 30, $"only {segments} segments were started, {marks} stop marks written");
    }

    [Fact]
    public void I16_after_a_power_cut_the_document_and_the_code_find_the_same_log_and_it_has_all_that_was_announced()
    {
        int torn = 0;
        for (int seed = 0; seed < LongRun.Cases(60, 2000); seed++)
        {
            var log = new RandomLog(seed, steps: 60 + (seed % 40));
            for (int plan = 0; plan < 12; plan++)
            {
                string what = $"seed {seed}, plan {plan}";
                var after = log.Disk.AsIfCrashed(plan == 0 ? CrashPlan.KeepPrefix(log.Disk.UnsyncedBytes / 2) : CrashPlan.RandomSectors(plan));
                var judged = Verdicts.MustAgree(after, what, log.Options);
                Assert.True(judged is OracleJudgement.Sound, $"{what}: {judged}");
                var sound = (OracleJudgement.Sound)judged;
                Assert.True(sound.NextPosition >= log.Announced, $"{what}: {log.Announced} was announced, {sound.NextPosition} is left");
                long first = sound.Frames[0].Frame.Position;
                var kept = log.Appended.Where(record => record.Position >= first && record.Position < sound.NextPosition);
                Assert.True(SameRecords(kept, sound.Records), $"{what}: other records than written");
                if (sound.IsTorn) torn++;
            }

            log.Stop(cleanly: false);
        }

        Assert.True(torn > 50, $"only {torn} power cuts tore a tail");
    }

    private static bool SameRecords(IEnumerable<(long Position, byte Type, byte[] Payload)> written, IEnumerable<OracleEntry> read) =>
        written.Select(r => (r.Position, r.Type, Convert.ToHexString(r.Payload)))
            .SequenceEqual(read.Select(r => (r.Frame.Position, r.Frame.Type, Convert.ToHexString(r.Frame.Payload.Span))));
}
