using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Core.Tests.Identity;

public sealed class TransactionIdTests
{
    private static TransactionId Make(ulong a, ulong b, ulong c) => new(a & TransactionId.MaxCoordinator, b & TransactionId.MaxNonce, c & TransactionId.MaxCounter);

    [Fact]
    public void Layout_is_a_version_8_uuid_of_coordinator_nonce_and_counter()
    {
        Assert.Equal("ffffffff-ffff-8fff-bfff-ffffffffffff", new TransactionId(TransactionId.MaxCoordinator, TransactionId.MaxNonce, TransactionId.MaxCounter).ToString());
        Assert.Equal("00000000-0000-8000-8000-000000000000", new TransactionId(0, 0, 0).ToString());
        Assert.Equal("12345678-9a00-8000-8000-000000000007", new TransactionId(0x123456789A, 0, 7).ToString());
        Assert.Equal("00000000-00ff-8000-8000-000000000000", new TransactionId(0, 0xFFUL << 34, 0).ToString());
        Assert.Equal("00000000-0000-8f00-8000-000000000000", new TransactionId(0, 0xFUL << 30, 0).ToString());
        Assert.Equal("00000000-0000-80ff-8000-000000000000", new TransactionId(0, 0xFFUL << 22, 0).ToString());
        Assert.Equal("00000000-0000-8000-bfff-ff0000000000", new TransactionId(0, 0x3F_FFFF, 0).ToString());
    }

    [Fact]
    public void Parts_text_bytes_guid_and_json_round_trip() => Prop.ForAll<ulong, ulong, ulong>((a, b, c) =>
    {
        var id = Make(a, b, c);
        Assert.Equal((a & TransactionId.MaxCoordinator, b & TransactionId.MaxNonce, c & TransactionId.MaxCounter), (id.Coordinator, id.Nonce, id.Counter));
        Assert.Equal(id, TransactionId.Parse(id.ToString()));
        Assert.Equal(id, TransactionId.Parse(id.ToString().ToUpperInvariant()));
        var bytes = new byte[16];
        id.WriteTo(bytes);
        Assert.Equal(id, TransactionId.ReadFrom(bytes));
        Assert.Equal(id.ToString(), id.ToGuid().ToString("D"));
        Assert.Equal(id, JsonSerializer.Deserialize<TransactionId>(JsonSerializer.Serialize(id)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ids_of_one_epoch_sort_by_creation_as_ids_text_and_bytes() => Prop.ForAll<(ulong, ulong, ulong, ulong)>(parts =>
    {
        var (a, b, c, d) = parts;
        var (first, second) = (Make(a, b, c), Make(a, b, d));
        var expected = Math.Sign(first.Counter.CompareTo(second.Counter));
        Assert.Equal(expected, Math.Sign(first.CompareTo(second)));
        Assert.Equal(expected, Math.Sign(string.CompareOrdinal(first.ToString(), second.ToString())));
        Assert.Equal(expected < 0, first < second);
        Assert.Equal(expected <= 0, first <= second);
        Assert.Equal(expected > 0, first > second);
        Assert.Equal(expected >= 0, first >= second);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("12345678-9a00-4000-8000-000000000007")]
    [InlineData("12345678-9a00-7000-8000-000000000007")]
    [InlineData("12345678-9a00-8000-0000-000000000007")]
    [InlineData("12345678-9a00-8000-c000-000000000007")]
    [InlineData("123456789a0080008000000000000007")]
    [InlineData("{12345678-9a00-8000-8000-000000000007}")]
    [InlineData(" 12345678-9a00-8000-8000-000000000007")]
    [InlineData("12345678-9a00-8000-8000-000000000007 ")]
    [InlineData("12345678-9a00-8000-8000-00000000000g")]
    [InlineData("0x345678-9a00-8000-8000-000000000007")]
    [InlineData("+2345678-9a00-8000-8000-000000000007")]
    [InlineData("12345678-9a00-8000-8000-0000000000071")]
    public void What_is_no_id_is_refused(string? text)
    {
        Assert.False(TransactionId.TryParse(text, out _));
        Assert.Throws<FormatException>(() => TransactionId.Parse(text!));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TransactionId>(JsonSerializer.Serialize(text)));
    }

    [Fact]
    public void Parts_that_are_too_large_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransactionId(TransactionId.MaxCoordinator + 1, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransactionId(0, TransactionId.MaxNonce + 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransactionId(0, 0, TransactionId.MaxCounter + 1));
    }
}
