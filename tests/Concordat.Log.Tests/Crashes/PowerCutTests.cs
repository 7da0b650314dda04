namespace Concordat.Log.Tests;

public sealed class PowerCutTests
{
    [Fact]
    public void I16_a_power_cut_at_any_moment_leaves_what_was_announced_and_no_hole()
    {
        int moment = 0;
        bool completed = false;
        while (!completed)
        {
            moment++;
            var disk = new MemoryLogStorage();
            var workload = Run(disk, moment);
            completed = workload.Completed;
            foreach (var (name, plan) in Plans(disk.UnsyncedBytes, moment))
                workload.Check(disk.AsIfCrashed(plan), $"cut before change {moment}, {name}");
        }

        Assert.True(moment > 40, $"the workload makes only {moment} changes");
    }

    [Fact]
    public void I16_a_power_cut_during_recovery_changes_nothing_of_what_is_recovered()
    {
        int cuts = 0;
        for (int moment = 1; ; moment += 3)
        {
            var disk = new MemoryLogStorage();
            var workload = Run(disk, moment);
            for (int inner = 1; ; inner++)
            {
                var broken = disk.AsIfCrashed(CrashPlan.RandomSectors(moment));
                bool survived = true;
                try
                {
                    using var log = Records.Open(new FaultyLogStorage(broken).OnChange(inner, Cut()));
                }
                catch (Exception e) when (e is PowerCutException || e.InnerException is PowerCutException)
                {
                    survived = false;
                }

                if (survived) break;
                cuts++;
                for (int seed = 0; seed < LongRun.Cases(4, 100); seed++)
                    workload.Check(broken.AsIfCrashed(CrashPlan.RandomSectors(seed)), $"cut before {moment}, again before {inner}, seed {seed}");
            }

            if (workload.Completed) break;
        }

        Assert.True(cuts > 50, $"only {cuts} recoveries were cut");
    }

    [Fact]
    public void A_log_recovered_from_a_power_cut_takes_more_and_keeps_all_of_it()
    {
        for (int moment = 1; moment < 80; moment += 2)
        {
            var disk = new MemoryLogStorage();
            Run(disk, moment);
            var after = disk.AsIfCrashed(CrashPlan.RandomSectors(moment));
            List<string> before;
            using (var log = Records.Open(after, out before))
            {
                for (int i = 0; i < 9; i++)
                {
                    log.Append(new string((char)(0x61 + i), 800), 3);
                    before.Add("3:" + new string((char)(0x61 + i), 800));
                }

                log.Flush(force: true);
            }

            Assert.Equal(before, Records.Replay(after.AsIfCrashed(CrashPlan.LoseUnsynced)));
        }
    }

    private static CrashWorkload Run(MemoryLogStorage disk, int moment)
    {
        var workload = new CrashWorkload();
        workload.Run(new FaultyLogStorage(disk).OnChange(moment, Cut()));
        return workload;
    }

    private static LogFault Cut() => LogFault.Before(() => throw new PowerCutException());

    private static IEnumerable<(string Name, CrashPlan Plan)> Plans(long unsynced, int moment)
    {
        yield return ("nothing unsynced kept", CrashPlan.LoseUnsynced);
        yield return ("everything kept", CrashPlan.KeepUnsynced);
        long step = unsynced > 2000 ? 61 : 7;
        for (long kept = 1; kept < unsynced; kept += step) yield return ($"{kept} of {unsynced} unsynced bytes kept", CrashPlan.KeepPrefix(kept));
        for (int seed = 0; seed < LongRun.Cases(20, 500); seed++) yield return ($"random sectors, seed {seed}", CrashPlan.RandomSectors((moment * 1000) + seed));
    }
}
