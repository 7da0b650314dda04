using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Concordat.Client;

/// <summary>
/// What a scope asks of the coordinator, on the calling thread: the ambient transaction can only be set in the context of who creates the scope, and the drivers
/// wait for the decision in a call that cannot be awaited.
/// </summary>
/// <param name="budget">How long a begin and a registration are repeated.</param>
internal sealed class ScopeCalls(CoordinatorConnection connection, TimeSpan budget, TimeProvider time)
{
    private const string Transactions = "v1/transactions";

    public JoinedScope Begin(ScopeOptions options, IReadOnlyDictionary<string, string> resources, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Without a key, which would cost a forced record: a begin whose answer is lost is one that its deadline ends, and nobody ever works in it.
        var intent = new RequestIntent("begin a scope", Repeatable: true, ChangesState: false);
        var request = new TransactionRequest { Name = options.Name, TimeoutSeconds = timeout.TotalSeconds, Labels = options.Labels };
        var begun = time.GetTimestamp();
        using var response = connection.Send(intent, HttpMethod.Post, Transactions, request, ContractJson.Default.TransactionRequest, budget, cancellationToken);
        EnsureSuccess(intent, response);
        try
        {
            using var content = response.Content.ReadAsStream(cancellationToken);
            var document = JsonSerializer.Deserialize(content, ContractJson.Default.TransactionDocument) ?? throw new JsonException("null");
            return new JoinedScope(document.Id, resources, timeout, begun);
        }
        catch (JsonException e)
        {
            throw new CoordinatorUnreachableException($"Could not {intent.Doing}: {connection.Address} answered what no coordinator answers: {e.Message}. Is the address right?", e);
        }
    }

    public void Register(string resource, string identity, CancellationToken cancellationToken)
    {
        var intent = new RequestIntent($"register resource '{resource}'", Repeatable: true, ChangesState: false);
        using var response = connection.Send(
            intent, HttpMethod.Put, PathOf(resource), new ResourceRequest { Identity = identity }, ContractJson.Default.ResourceRequest, budget, cancellationToken);
        EnsureSuccess(intent, response);
    }

    /// <summary>One attempt. Never throws.</summary>
    public ScopeAnswer Commit(JoinedScope scope)
    {
        // Other participants of the transaction have until its deadline to vote.
        var left = scope.Timeout - time.GetElapsedTime(scope.Begun);
        var intent = Intent("commit", scope.Id) with { MayTake = left > TimeSpan.Zero ? left : TimeSpan.Zero };
        return Ask(scope.Id, () => connection.Try(intent, HttpMethod.Post, $"{Transactions}/{scope.Id}/commit", scope.Votes, ContractJson.Default.CommitRequest, default));
    }

    /// <summary>One attempt. Never throws.</summary>
    public ScopeAnswer Rollback(TransactionId id) =>
        Ask(id, () => connection.Try<CommitRequest>(Intent("roll back", id), HttpMethod.Post, $"{Transactions}/{id}/rollback", null, null, default));

    /// <summary>One attempt. Never throws.</summary>
    public ScopeAnswer Look(TransactionId id) => Ask(
        id, () => connection.Try<CommitRequest>(Intent("look at", id) with { ChangesState = false }, HttpMethod.Get, $"{Transactions}/{id}", null, null, default));

    /// <summary>One attempt at a registration that the coordinator has lost. Never throws: whether it was taken, the next commit shows.</summary>
    public void RegisterAgain(TransactionId inside, string resource, string identity) => Ask(inside, () => connection.Try(
        Intent("register a resource of", inside), HttpMethod.Put, PathOf(resource), new ResourceRequest { Identity = identity }, ContractJson.Default.ResourceRequest, default));

    private static RequestIntent Intent(string what, TransactionId id) => new($"{what} scope {id}", Repeatable: true, ChangesState: true) { TransactionId = id };

    private static string PathOf(string resource) => "v1/resources/" + Uri.EscapeDataString(resource);

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws, an interruption of this thread included, the decision may be made: throwing would make the drivers undo their branches.")]
    private static ScopeAnswer Ask(TransactionId about, Func<Attempt> attempt)
    {
        try
        {
            var made = attempt();
            using var response = (made as Attempt.Answered)?.Response;
            return ScopeAnswer.Of(about, made);
        }
        catch (Exception e)
        {
            return new ScopeAnswer.None(e.Message, null);
        }
    }

    private static void EnsureSuccess(RequestIntent intent, HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
        {
            var problem = Problem.Read(response);
            throw new RequestRefusedException(problem.Status, problem.Type, $"Could not {intent.Doing}: {problem.Text}");
        }
    }
}
