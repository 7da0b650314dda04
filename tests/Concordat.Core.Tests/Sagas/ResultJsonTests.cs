using System.Text.Json;
using Concordat.Core.Participants;
using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Sagas;

/// <summary>A result is JSON of a service: what is taken in can be shown, and put into bodies.</summary>
public sealed class ResultJsonTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(48)]
    [InlineData(60)]
    [InlineData(62)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void A_result_that_is_taken_can_be_shown_and_read_and_put_into_a_body(int depth)
    {
        var json = System.Text.Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
        if (AnswerReader.Read(StepPhase.Action, 200, json, null) is not StepDone done)
        {
            return;
        }

        Assert.Equal(depth, Depth(ShownAndRead(done)));
        var (body, missing) = ResultTemplate.Fill("{\"a\":[{\"$result\":\"one\"}]}"u8.ToArray(), _ => done.Result);
        Assert.Null(missing);
        Assert.True(body.Length > json.Length);
    }

    [Theory]
    [InlineData("{\"id\":1,\"id\":2}")]
    [InlineData("[{\"a\":{\"b\":1,\"\\u0062\":2}}]")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("1e999999999")]
    [InlineData("null")]
    public void A_result_of_odd_JSON_is_none_or_can_be_shown_and_read(string json)
    {
        if (AnswerReader.Read(StepPhase.Action, 200, System.Text.Encoding.UTF8.GetBytes(json), null) is StepDone done)
        {
            _ = ShownAndRead(done);
        }
    }

    private static JsonElement ShownAndRead(StepDone done)
    {
        var document = new SagaDocument
        {
            Id = new TransactionId(1, 2, 3),
            State = SagaState.Running,
            CreatedAt = DateTimeOffset.UnixEpoch,
            Deadline = DateTimeOffset.UnixEpoch,
            Labels = new Dictionary<string, string>(),
            Steps = [new SagaStepDocument { Name = "one", After = [], State = StepState.Done, Result = JsonElement.Parse(done.Result.Span) }],
            History = [],
        };
        var list = new SagaList { Items = [document] };
        var shown = JsonSerializer.SerializeToUtf8Bytes(list, ContractJson.Default.SagaList);
        return JsonSerializer.Deserialize(shown, ContractJson.Default.SagaList)!.Items[0].Steps[0].Result ?? default;
    }

    private static int Depth(JsonElement element)
    {
        var depth = 1;
        while (element.GetArrayLength() > 0)
        {
            (element, depth) = (element[0], depth + 1);
        }

        return depth;
    }
}
