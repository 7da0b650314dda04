using System.Text;
using Concordat.Core;
using Concordat.Core.Participants;

namespace Concordat.Tests.Participants;

public sealed class AnswerReaderTests
{
    // JSON, and no text.
    private const string HalfAPair = @"""\ud800""";

    [Fact]
    public void A_409_whose_reason_holds_half_of_a_surrogate_pair_is_a_no() =>
        Assert.Equal(Vote.No, Assert.IsType<Voted>(Read(409, $$"""{"reason": {{HalfAPair}}}""")).Vote);

    [Theory]
    [InlineData($$"""{"vote": "yes", "evidence": {{HalfAPair}}}""")]
    [InlineData($$"""{"vote": {{HalfAPair}}}""")]
    [InlineData($$"""{ {{HalfAPair}}: 1}""")]
    public void Text_that_is_none_in_a_200_is_nonsense_that_shows_life(string body) =>
        Assert.Equal(FailureKind.Answer, Assert.IsType<Failed>(Read(200, body)).Kind);

    private static CallResult Read(int status, string body) =>
        AnswerReader.Read(CallKind.Prepare, status, Encoding.UTF8.GetBytes(body), retryAfter: null);
}
