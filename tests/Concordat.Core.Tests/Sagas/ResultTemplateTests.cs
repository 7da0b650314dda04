using static System.Text.Encoding;
using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Sagas;

public sealed class ResultTemplateTests
{
    private const string Flight = """{"booking":{"id":"F-7","seats":[12,13],"price":10.50},"a/b":1,"m~n":null}""";

    private static string? Fill(string body)
    {
        var (filled, missing) = Filled(body);
        return missing is null ? UTF8.GetString(filled.Span) : null;
    }

    private static (ReadOnlyMemory<byte> Body, ResultReference? Missing) Filled(string body) =>
        ResultTemplate.Fill(UTF8.GetBytes(body), step => step == "flight" ? UTF8.GetBytes(Flight) : (ReadOnlyMemory<byte>?)null);

    [Theory]
    [InlineData("""{"id":{"$result":"flight","path":"/booking/id"}}""", """{"id":"F-7"}""")]
    [InlineData("""[{"$result":"flight","path":"/booking/seats/1"}]""", "[13]")]
    [InlineData("""{"$result":"flight","path":"/booking/price"}""", "10.50")]
    [InlineData("""{"$result":"flight","path":"/booking"}""", """{"id":"F-7","seats":[12,13],"price":10.50}""")]
    [InlineData("""{"$result":"flight","path":"/a~1b"}""", "1")]
    [InlineData("""{"$result":"flight","path":"/m~0n"}""", "null")]
    [InlineData("""{"x":{"$result":"flight","path":"/nothing","default":{"y":[]}}}""", """{"x":{"y":[]}}""")]
    [InlineData("""{"$result":"hotel","default":null}""", "null")]
    public void A_place_is_filled_with_the_value_as_it_is(string body, string filled) => Assert.Equal(filled, Fill(body));

    [Fact]
    public void All_of_a_result_stands_where_there_is_no_path() => Assert.Equal(Flight, Fill("""{"$result":"flight"}"""));

    [Theory]
    [InlineData("""{ "a" : 1.00, "b": "$results" }""")]
    [InlineData("""{"text":"a \" b"}""")]
    [InlineData("")]
    public void What_has_no_place_is_passed_on_to_the_byte(string body) => Assert.Equal(body, Fill(body));

    [Theory]
    [InlineData("""{"$result":"hotel"}""")]
    [InlineData("""{"$result":"flight","path":"/booking/seats/2"}""")]
    [InlineData("""{"$result":"flight","path":"/booking/seats/01"}""")]
    [InlineData("""{"$result":"flight","path":"/booking/seats/-"}""")]
    public void What_is_not_there_and_has_no_default_is_named(string body) =>
        Assert.Equal(Assert.Single(ResultTemplate.ReferencesOf(UTF8.GetBytes(body))), Filled($"[{body}]").Missing);

    [Theory]
    [InlineData("""{"$result":7}""", "name of a step")]
    [InlineData("""{"$result":"a","path":"booking"}""", "JSON pointer")]
    [InlineData("""{"$result":"a","path":"/~2"}""", "JSON pointer")]
    [InlineData("""{"$result":"a","path":null}""", "JSON pointer")]
    [InlineData("""{"$result":"a","other":1}""", "other")]
    [InlineData("""{"deep":[{"\u0024result":"a","x":1}]}""", "'x'")]
    public void What_is_no_reference_is_refused_in_words(string body, string why) =>
        Assert.Contains(why, Assert.Throws<FormatException>(() => ResultTemplate.ReferencesOf(UTF8.GetBytes(body))).Message, StringComparison.Ordinal);
}
