namespace Concordat.Scopes.Application;

/// <summary>Stops before the commit is sent, or after it is answered.</summary>
internal sealed class StopAtDecision(string stopAt) : DelegatingHandler
{
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var commit = request.RequestUri!.AbsolutePath.EndsWith("/commit", StringComparison.Ordinal);
        if (commit && stopAt == "prepared")
        {
            Stop();
        }

        var response = base.Send(request, cancellationToken);
        if (commit && stopAt == "decided")
        {
            Stop();
        }

        return response;
    }

    private void Stop()
    {
        Console.WriteLine($"it is {stopAt}");
        Thread.Sleep(Timeout.Infinite);
    }
}
