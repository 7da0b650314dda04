using System.Runtime.CompilerServices;
using Concordat.Core.Encoding;
using Concordat.Core.Participants;
using Concordat.Core.Participation.Records;
using Concordat.Core.Records;
using Concordat.Core.Tests.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Tests.Golden;

/// <summary>
/// Records as version 1 wrote them, read for ever: a change of a record's bytes is a new version of it, and these files stay. A file
/// that is missing is written with <c>CONCORDAT_REWRITE=1</c>; one that is there never is.
/// </summary>
public sealed class GoldenRecordTests
{
    [Fact]
    public void The_coordinators_records_of_version_1_are_read_and_written_as_they_were()
    {
        var samples = Enumerable.Range(1, 8).SelectMany(seed => new SampleRecords(seed).WithoutLocks());
        var golden = Golden("coordinator-records-1.txt", samples.Select(record => (byte)RecordCodec.TypeOf(record) + " " + Convert.ToHexString(Encode(record))));
        foreach (var (type, payload) in golden)
        {
            Assert.Equal(Convert.ToHexString(payload), Convert.ToHexString(Encode(RecordCodec.Read(type, payload))));
        }
    }

    [Fact]
    public void Records_of_locks_are_read_and_written_as_they_were()
    {
        var samples = Enumerable.Range(1, 8).SelectMany(seed => new SampleRecords(seed).OfLocks());
        var golden = Golden("lock-records-1.txt", samples.Select(record => (byte)RecordCodec.TypeOf(record) + " " + Convert.ToHexString(Encode(record))));
        foreach (var (type, payload) in golden)
        {
            Assert.Equal(Convert.ToHexString(payload), Convert.ToHexString(Encode(RecordCodec.Read(type, payload))));
        }
    }

    [Fact]
    public void Records_of_sagas_are_read_and_written_as_they_were()
    {
        var samples = Enumerable.Range(1, 8).SelectMany(seed => new SampleRecords(seed).OfSagas());
        var golden = Golden("saga-records-1.txt", samples.Select(record => (byte)RecordCodec.TypeOf(record) + " " + Convert.ToHexString(Encode(record))));
        foreach (var (type, payload) in golden)
        {
            Assert.Equal(Convert.ToHexString(payload), Convert.ToHexString(Encode(RecordCodec.Read(type, payload))));
        }
    }

    [Fact]
    public void An_image_with_locks_is_read_and_written_as_it_was()
    {
        var golden = Golden("transaction-image-with-locks-1.txt", ["0 " + Convert.ToHexString(Image(SampleImages.WithLocks()))]);
        Assert.Equal(Convert.ToHexString(golden[0].Payload), Convert.ToHexString(Image(TransactionImage.Read(golden[0].Payload, new ParticipantBook()))));
    }

    [Fact]
    public void The_images_of_transactions_of_version_1_are_read_and_written_as_they_were()
    {
        var golden = Golden("transaction-images-1.txt", SampleImages.All().Select(transaction => "0 " + Convert.ToHexString(Image(transaction))));
        foreach (var (_, image) in golden)
        {
            Assert.Equal(Convert.ToHexString(image), Convert.ToHexString(Image(TransactionImage.Read(image, new ParticipantBook()))));
        }
    }

    [Fact]
    public void A_participants_records_of_version_1_are_read_and_written_as_they_were()
    {
        var golden = Golden("participant-records-1.txt", SampleParticipantRecords.All().Select(record =>
        {
            var writer = new RecordWriter();
            return (byte)ParticipantRecordCodec.Write(record, writer) + " " + Convert.ToHexString(writer.Written);
        }));
        foreach (var (type, payload) in golden)
        {
            var writer = new RecordWriter();
            Assert.Equal(type, (byte)ParticipantRecordCodec.Write(ParticipantRecordCodec.Read(type, payload), writer));
            Assert.Equal(Convert.ToHexString(payload), Convert.ToHexString(writer.Written));
        }
    }

    /// <summary>The committed lines, which must also be what this build writes of the same samples.</summary>
    private static List<(byte Type, byte[] Payload)> Golden(string name, IEnumerable<string> written)
    {
        var file = Path.Combine(Folder(), name);
        var lines = written.ToArray();
        if (!File.Exists(file) && Environment.GetEnvironmentVariable("CONCORDAT_REWRITE") == "1")
        {
            File.WriteAllLines(file, lines);
        }

        var golden = File.ReadAllLines(file);
        Assert.Equal(golden, lines);
        return [.. golden.Select(line => line.Split(' ')).Select(parts => (byte.Parse(parts[0]), Convert.FromHexString(parts[1])))];
    }

    private static byte[] Encode(CoordinatorRecord record)
    {
        var writer = new RecordWriter();
        RecordCodec.Write(record, writer);
        return writer.Written.ToArray();
    }

    private static byte[] Image(Transaction transaction)
    {
        var writer = new RecordWriter();
        TransactionImage.Write(transaction, writer);
        return writer.Written.ToArray();
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
