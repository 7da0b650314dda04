namespace Concordat.Client.Tests.Resources;

/// <summary>What is asked for is done, and the answer gets lost.</summary>
internal sealed class Losing : DelegatingHandler
{
    public bool LosesAnswers { get; set; }

    /// <summary>Called before each request.</summary>
    public Action Before { get; set; } = () => { };

    public bool LosesOneAndThenKnowsNothing { get; set; }

    private int _lost;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Before();
        cancellationToken.ThrowIfCancellationRequested();
        if (LosesOneAndThenKnowsNothing && _lost++ > 0)
        {
            return new HttpResponseMessage(System.Net.HttpStatusCode.NotFound);
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (!LosesAnswers && !LosesOneAndThenKnowsNothing)
        {
            return response;
        }

        response.Dispose();
        throw new HttpRequestException("the answer was lost");
    }
}
