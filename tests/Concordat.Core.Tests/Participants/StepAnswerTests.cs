using Concordat.Core.Participants;
using Concordat.Core.Sagas;
using static System.Text.Encoding;

namespace Concordat.Core.Tests.Participants;

/// <summary>What the answers of saga steps mean.</summary>
public sealed class StepAnswerTests
{
    private static CallResult Read(StepPhase phase, int status, string body = "") => AnswerReader.Read(phase, status, UTF8.GetBytes(body), TimeSpan.FromSeconds(2));

    [Theory]
    [InlineData(200, """{"id":7}""")]
    [InlineData(201, "")]
    [InlineData(204, "")]
    [InlineData(202, "null")]
    public void Any_success_is_done_with_its_json_as_the_result(int status, string body) =>
        Assert.Equal(body, UTF8.GetString(Assert.IsType<StepDone>(Read(StepPhase.Action, status, body)).Result.Span));

    [Theory]
    [InlineData("""{"reason":"no room"}""", "no room")]
    [InlineData("""{"title":"Conflict","detail":"no room"}""", "no room")]
    [InlineData("no room", "no room")]
    [InlineData("", "answered 409")]
    public void A_conflict_refuses_with_its_reason(string body, string reason) => Assert.Equal(reason, Assert.IsType<StepRefused>(Read(StepPhase.Action, 409, body)).Reason);

    [Theory]
    [InlineData(404)]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(599)]
    public void What_may_pass_is_asked_again_and_shows_that_the_service_is_there(int status)
    {
        foreach (var phase in Enum.GetValues<StepPhase>())
        {
            var failed = Assert.IsType<Failed>(Read(phase, status));
            Assert.Equal((FailureKind.Answer, TimeSpan.FromSeconds(2)), (failed.Kind, failed.RetryAfter));
        }
    }

    [Theory]
    [InlineData(301)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(410)]
    [InlineData(413)]
    [InlineData(422)]
    public void Any_other_answer_fails_an_action_at_once(int status) => Assert.IsType<Rejected>(Read(StepPhase.Action, status));

    [Theory]
    [InlineData("<html>")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"\\udc00\":1}")]
    [InlineData("{\"a\":1,\"a\":2}")]
    public void A_result_that_is_no_json_is_asked_for_again(string body) => Assert.IsType<Failed>(Read(StepPhase.Action, 200, body));

    [Fact]
    public void A_result_that_is_no_utf8_is_asked_for_again() => Assert.IsType<Failed>(AnswerReader.Read(StepPhase.Action, 200, (byte[])[(byte)'"', 0xC3, (byte)'"'], null));

    [Fact]
    public void A_result_has_at_most_so_many_bytes()
    {
        string Of(int length) => $"\"{new string('x', length - 2)}\"";
        Assert.IsType<StepDone>(Read(StepPhase.Action, 200, Of(SagaLimits.MaxResultBytes)));
        Assert.IsType<Failed>(Read(StepPhase.Action, 200, Of(SagaLimits.MaxResultBytes + 1)));
    }

    [Theory]
    [InlineData(200, "<html>")]
    [InlineData(204, "")]
    public void A_compensation_is_done_whatever_a_success_says(int status, string body) => Assert.IsType<Done>(Read(StepPhase.Compensation, status, body));

    [Theory]
    [InlineData(302)]
    [InlineData(400)]
    [InlineData(409)]
    [InlineData(410)]
    public void A_compensation_is_repeated_whatever_else_is_answered(int status) => Assert.IsType<Failed>(Read(StepPhase.Compensation, status));
}
