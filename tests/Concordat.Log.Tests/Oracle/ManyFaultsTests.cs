using System.Buffers.Binary;

using Concordat.Log.Oracle;

namespace Concordat.Log.Tests.Oracle;

/// <summary>Several faults at once may hide what they destroy; but what the document says of the result, the code must say too.</summary>
public sealed class ManyFaultsTests
{
    [Fact]
    public void Random_logs_with_random_faults_are_judged_by_the_document()
    {
        int[] verdicts = new int[3];
        for (int seed = 0; seed < LongRun.Cases(60, 2000); seed++)
        {
            var log = new RandomLog(seed, steps: 100);
            var stranger = new RandomLog(seed + 1_000_000, steps: 50, restarts: 0);
            log.Stop(cleanly: seed % 3 == 0);
            stranger.Stop(cleanly: false);
            var files = log.Disk.Snapshot();
            for (int variant = 0; variant < 20; variant++)
            {
                var random = new Random((seed * 1000) + variant);
                var changed = files.ToDictionary(f => f.Key, f => (byte[])f.Value.Clone(), StringComparer.Ordinal);
                for (int faults = random.Next(1, 4); faults > 0; faults--) Spoil(changed, stranger.Disk.Snapshot(), random);
                var disk = new MemoryLogStorage();
                foreach (var (name, content) in changed) disk.Plant(name, content);
                verdicts[Verdicts.MustAgree(disk, $"seed {seed}, variant {variant}", log.Options) switch
                {
                    OracleJudgement.Damaged => 0,
                    OracleJudgement.Sound { IsTorn: true } => 1,
                    _ => 2,
                }]++;
            }
        }

        Assert.True(verdicts.All(count => count >= 20), $"{verdicts[0]} damaged, {verdicts[1]} torn, {verdicts[2]} clean");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_whole_header_of_another_version_is_named_wherever_it_is_met(int segment)
    {
        byte[][] files = SampleLog.Killed.Copy();
        BinaryPrimitives.WriteUInt32LittleEndian(files[segment].AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(files[segment].AsSpan(12), OracleCrc.Of(files[segment].AsMemory(0, 12), files[segment].AsMemory(16, 48)));
        var judged = Assert.IsType<OracleJudgement.OtherVersion>(Verdicts.MustAgree(SampleLog.Disk(files), $"version 2 in segment {segment}"));
        Assert.Equal(segment, judged.Place.Segment);
    }

    private static void Spoil(Dictionary<string, byte[]> files, IReadOnlyDictionary<string, byte[]> stranger, Random random)
    {
        string name = Any([.. files.Keys], random);
        byte[] content = files[name];
        int used = Math.Max(1, content.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
        int at = Math.Min(random.Next(used), content.Length);
        switch (random.Next(8))
        {
            case 0 or 1 when content.Length > 0:
                content[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                files[name] = content[..at];
                break;
            case 3:
                content.AsSpan(at, random.Next(content.Length - at + 1)).Clear();
                break;
            case 4:
                Array.Clear(content, 0, Math.Min(content.Length, LogFormat.SegmentHeaderBytes));
                break;
            case 5:
                string other = Any([.. files.Keys], random);
                (files[name], files[other]) = (files[other], content);
                break;
            case 6:
                files[name] = (byte[])stranger[Any([.. stranger.Keys], random)].Clone();
                break;
            case 7:
                byte[] source = files[Any([.. files.Keys], random)];
                int from = random.Next((source.Length / 8) + 1) * 8;
                int to = random.Next((content.Length / 8) + 1) * 8;
                int length = Math.Max(0, Math.Min(random.Next(600), Math.Min(source.Length - from, content.Length - to)));
                source.AsSpan(Math.Min(from, source.Length), length).ToArray().CopyTo(content, Math.Min(to, content.Length));
                break;
        }
    }

    private static string Any(List<string> names, Random random)
    {
        names.Sort(StringComparer.Ordinal);
        return names[random.Next(names.Count)];
    }
}
