namespace Concordat.Matrix.Application.Work;

/// <summary>A way to change two databases in one transaction.</summary>
internal interface IStack : IAsyncDisposable
{
    /// <summary>Adds 1 to the row of each. Returns, or throws, what the code of an application would see.</summary>
    /// <param name="begun">Is told the transaction as soon as there is one.</param>
    Task RunAsync(TimeSpan timeout, Action<TransactionId> begun);
}
