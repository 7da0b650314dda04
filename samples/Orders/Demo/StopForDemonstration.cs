using Concordat.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Samples.Orders.Demo;

/// <summary>
/// Makes the two moments that matter last for ever, so that the process can be killed in them: "prepared", when the commit is about to be sent, and
/// "decided", when its answer is here and no database was told yet.
/// </summary>
internal sealed class StopForDemonstration(string when) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (IsHere(request, "prepared"))
        {
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (IsHere(request, "decided"))
        {
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        }

        return response;
    }

    /// <summary>The same for scopes, whose calls block.</summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (IsHere(request, "prepared"))
        {
            Thread.Sleep(Timeout.Infinite);
        }

        var response = base.Send(request, cancellationToken);
        if (IsHere(request, "decided"))
        {
            Thread.Sleep(Timeout.Infinite);
        }

        return response;
    }

    private bool IsHere(HttpRequestMessage request, string moment)
    {
        var here = when == moment && request.RequestUri!.AbsolutePath.EndsWith("/commit", StringComparison.Ordinal);
        if (here)
        {
            Console.WriteLine($"an order is {moment}");
        }

        return here;
    }
}

internal static class StopForDemonstrationExtensions
{
    /// <param name="when">Null: never.</param>
    public static void StopForTheDemonstration(this IConcordatClientBuilder builder, string? when)
    {
        if (when is not null)
        {
            builder.Http.AddHttpMessageHandler(() => new StopForDemonstration(when));
        }
    }
}
