using Concordat.Core.Encoding;
using Concordat.Core.Records;
using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Core.Tests.Records;

public sealed class RecordCodecTests
{
    private static byte[] Encode(CoordinatorRecord record)
    {
        var writer = new RecordWriter();
        RecordCodec.Write(record, writer);
        return writer.Written.ToArray();
    }

    [Fact]
    public void Every_record_type_is_among_the_samples() => Assert.Equal(
        Enum.GetValues<RecordType>().Order(),
        new SampleRecords(1).OneOfEach().Select(RecordCodec.TypeOf).Order());

    [Fact]
    public void Every_record_is_read_as_it_was_written() => Prop.ForAll<int>(seed =>
    {
        foreach (var record in new SampleRecords(seed).OneOfEach())
        {
            var bytes = Encode(record);
            var read = RecordCodec.Read((byte)RecordCodec.TypeOf(record), bytes);
            Assert.Equivalent(record, read, strict: true);
            Assert.Equal(bytes, Encode(read));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_called_in_one_phase_has_operations_and_what_is_not_has_evidence()
    {
        var id = new TransactionId(1, 2, 3);
        foreach (var evidence in (string?[])["xid 751", null])
        {
            var record = new OnePhaseStarted(new Timestamp(5), id, Operations: default, evidence);
            Assert.Equal(evidence, Assert.IsType<OnePhaseStarted>(RecordCodec.Read((byte)RecordType.OnePhaseStarted, Encode(record))).Evidence);
        }
    }

    [Fact]
    public void Bug_11_every_truncation_of_a_record_is_an_error_and_never_a_default()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            foreach (var record in new SampleRecords(seed).OneOfEach())
            {
                var bytes = Encode(record);
                for (var length = 0; length < bytes.Length; length++)
                {
                    Assert.Throws<RecordFormatException>(() => RecordCodec.Read((byte)RecordCodec.TypeOf(record), bytes.AsSpan(0, length)));
                }
            }
        }
    }

    [Fact]
    public void Bytes_behind_a_record_are_an_error()
    {
        foreach (var record in new SampleRecords(7).OneOfEach())
        {
            Assert.Throws<RecordFormatException>(() => RecordCodec.Read((byte)RecordCodec.TypeOf(record), [.. Encode(record), 0]));
        }
    }

    [Fact]
    public void Random_bytes_are_a_record_or_a_format_error_and_nothing_else() => Prop.ForAll<int>(seed =>
    {
        var random = new SampleRecords(seed);
        foreach (var type in Enum.GetValues<RecordType>())
        {
            var bytes = random.Bytes(random.Below(200));
            if (bytes.Length > 0)
            {
                bytes[0] = 1;
            }

            ReadsOrRefuses((byte)type, bytes);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_changed_byte_is_a_record_or_a_format_error_and_nothing_else()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var random = new SampleRecords(seed);
            foreach (var record in random.OneOfEach())
            {
                var bytes = Encode(record);
                for (var i = 0; i < bytes.Length; i++)
                {
                    foreach (var value in new byte[] { 0, 0x7F, 0x80, 0xFF, (byte)random.Below(256) })
                    {
                        var changed = bytes.ToArray();
                        changed[i] = value;
                        ReadsOrRefuses((byte)RecordCodec.TypeOf(record), changed);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(255)]
    public void An_unknown_type_is_an_error(byte type) => Assert.Throws<RecordFormatException>(() => RecordCodec.Read(type, Encode(new ClockStepped(new Timestamp(1)))));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_unknown_version_is_an_error_that_names_it(byte version)
    {
        var bytes = Encode(new ClockStepped(new Timestamp(1)));
        bytes[0] = version;
        var e = Assert.Throws<RecordFormatException>(() => RecordCodec.Read((byte)RecordType.ClockStepped, bytes));
        Assert.Contains($"version {version}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_beyond_the_calendar_is_an_error()
    {
        var writer = new RecordWriter();
        writer.Byte(1);
        writer.Number(ulong.MaxValue);
        Assert.Throws<RecordFormatException>(() => RecordCodec.Read((byte)RecordType.ClockStepped, writer.Written));
    }

    [Fact]
    public void Text_that_is_no_utf8_is_an_error_and_not_replaced()
    {
        var writer = new RecordWriter();
        writer.Byte(1);
        writer.Time(new Timestamp(1));
        writer.Bytes([0xC3, 0x28]);
        Assert.Throws<RecordFormatException>(() => RecordCodec.Read((byte)RecordType.ParticipantRemoved, writer.Written));
    }

    private static void ReadsOrRefuses(byte type, byte[] bytes)
    {
        try
        {
            var record = RecordCodec.Read(type, bytes);

            // What is accepted can be shown: no time or number of it is out of range.
            _ = record.At.ToDateTimeOffset();
            if (record is Ended { Details.Times: var times })
            {
                Assert.All(times, time => _ = time?.ToDateTimeOffset());
            }
        }
        catch (RecordFormatException)
        {
        }
    }
}
