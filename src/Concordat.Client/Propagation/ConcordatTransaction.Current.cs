using Microsoft.AspNetCore.Http;

namespace Concordat.Client;

public sealed partial class ConcordatTransaction
{
    private static readonly AsyncLocal<ConcordatTransaction?> Ambient = new();

    /// <summary>The one that calls to other services carry along: that of the request which is being answered, or what <see cref="MakeCurrent"/> says.</summary>
    public static ConcordatTransaction? Current => Ambient.Value;

    /// <summary>
    /// Until the result is disposed, calls over HTTP clients with <c>AddConcordatTransaction()</c> carry it along. For this method and what it
    /// calls, not for its caller.
    /// </summary>
    public IDisposable MakeCurrent()
    {
        var before = Ambient.Value;
        Ambient.Value = this;
        return new Restoring(before);
    }

    /// <summary>Makes it a parameter of minimal API handlers: the transaction that the request came with.</summary>
    public static ValueTask<ConcordatTransaction?> BindAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(context.Features.Get<ConcordatTransaction>());
    }

    /// <summary>It leaves the process: from now on somebody else may have a branch.</summary>
    internal TransactionId Share()
    {
        _shared = true;
        return Id;
    }

    private sealed class Restoring(ConcordatTransaction? before) : IDisposable
    {
        public void Dispose() => Ambient.Value = before;
    }
}
