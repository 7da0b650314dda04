using static System.Text.Encoding;
using Concordat.Core.Participants;
using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Sagas;

/// <summary>Names and strings that the JSON parser takes and that are no Unicode: a service, or a client, can send them, and the coordinator must not fall over them.</summary>
public sealed class NoUnicodeTests
{
    [Theory]
    [InlineData("""{"v":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("""["\ud800x"]""")]
    [InlineData("{\"v\":\"\u00ff\"}")]
    public void A_result_with_it_is_an_answer_that_says_nothing(string result) =>
        Assert.IsType<Failed>(AnswerReader.Read(StepPhase.Action, 200, Latin1.GetBytes(result), retryAfter: null));

    [Theory]
    [InlineData("""{"a":"\ud800","b":{"$result":"flight"}}""", "{}")]
    [InlineData("""{"\ud800":1,"b":{"$result":"flight"}}""", "{}")]
    [InlineData("""{"b":{"$result":"flight","path":"/v"}}""", """{"v":"\ud800"}""")]
    [InlineData("""{"b":{"$result":"flight","path":"/\ud800"}}""", "{}")]
    [InlineData("""{"b":{"$result":"\ud800"}}""", "{}")]
    [InlineData("""{"b":{"$result":"flight","\ud800":1}}""", "{}")]
    public void A_body_or_a_result_with_it_cannot_be_filled_and_says_so(string body, string result) =>
        Assert.Throws<FormatException>(() => ResultTemplate.Fill(UTF8.GetBytes(body), _ => UTF8.GetBytes(result)));
}
