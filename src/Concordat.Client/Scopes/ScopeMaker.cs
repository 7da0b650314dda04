using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Transactions;
using Microsoft.Extensions.Logging;

namespace Concordat.Client;

/// <summary>Makes scopes: of their own, nested in one of ours, or suppressed.</summary>
internal sealed class ScopeMaker
{
    private readonly ScopeCalls _calls;
    private readonly RegisteredResources _resources;
    private readonly ScopeRollbacks _rollbacks;
    private readonly ScopeDecision _decision;

    /// <summary>
    /// The outermost scopes that are not disposed yet, by the local identifiers of their transactions: an aborted one has lost its distributed identifier.
    /// </summary>
    private readonly ConcurrentDictionary<string, JoinedScope> _open = new(StringComparer.Ordinal);

    public ScopeMaker(CoordinatorConnection connection, ConcordatClientOptions options, TimeProvider time, ILogger logger, IServiceProvider services, IEnumerable<ResourceRegistration> resources, IMeterFactory meters)
    {
        Waiting = new WaitingScopes(options.ScopeWaitLimit, time);
        _calls = new ScopeCalls(connection, options.ScopeWaitLimit, time);
        _resources = new RegisteredResources(resources, services, _calls);
        _rollbacks = new ScopeRollbacks(connection, options.DisposeTimeout, time, logger);
        _decision = new ScopeDecision(_calls, _resources, Waiting, connection.Wait, logger);
        ScopeTelemetry.Observe(meters, Waiting);
    }

    public WaitingScopes Waiting { get; }

    public ConcordatScope Make(ScopeOptions options, CancellationToken cancellationToken) => options.Option switch
    {
        TransactionScopeOption.Suppress => new ConcordatScope(new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled), id: null, static () => { }),
        TransactionScopeOption.Required when Transaction.Current is { } ambient => Nest(options, ambient),
        _ => Begin(options, cancellationToken),
    };

    /// <summary>
    /// A crash, or an exception, before the seat is taken leaves an empty transaction, which its deadline ends; nothing has been prepared by then.
    /// </summary>
    private ConcordatScope Begin(ScopeOptions options, CancellationToken cancellationToken)
    {
        var timeout = ScopeTimeout.Of(options.Timeout);
        var names = _resources.Select(options.Resources);
        Waiting.ThrowIfStalled();
        var resources = _resources.Register(names, cancellationToken);
        var begun = _calls.Begin(options, resources, timeout, cancellationToken);
        string local;
        TransactionScope? scope = null;
        try
        {
            scope = new TransactionScope(
                TransactionScopeOption.RequiresNew,
                new TransactionOptions { IsolationLevel = options.IsolationLevel ?? IsolationLevel.ReadCommitted, Timeout = timeout },
                TransactionScopeAsyncFlowOption.Enabled);
            local = Transaction.Current!.TransactionInformation.LocalIdentifier;
            TakeSeat(begun, Transaction.Current);
        }
        catch
        {
            scope?.Dispose();
            _rollbacks.Start(begun.Id);
            throw;
        }

        _open.TryAdd(local, begun);
        return new ConcordatScope(scope, begun.Id, () => _open.TryRemove(local, out _));
    }

    private void TakeSeat(JoinedScope begun, Transaction transaction)
    {
        if (!transaction.EnlistPromotableSinglePhase(new ScopePromoter(begun, transaction, _decision, _rollbacks), ScopePromoter.Type))
        {
            throw new ScopeRefusedException("Another coordinator has the seat in the ambient transaction already: a durable enlistment, or another promoter.");
        }

        transaction.GetPromotedToken();
    }

    /// <summary>Joins what is there, which must be ours: in any other transaction something may be open that will prepare under a name that is not the coordinator's.</summary>
    private ConcordatScope Nest(ScopeOptions options, Transaction ambient)
    {
        if (!_open.TryGetValue(ambient.TransactionInformation.LocalIdentifier, out var outer))
        {
            throw new ScopeRefusedException(
                "The ambient transaction was not begun by a scope of this client: it has a coordinator of its own, or connections that were opened in it would prepare under names " +
                "that nobody can find after a crash. Begin the outermost scope with CreateScope, or this one with TransactionScopeOption.RequiresNew.");
        }

        var stranger = options.Resources?.FirstOrDefault(name => !outer.Resources.ContainsKey(name));
        if (stranger is not null)
        {
            throw new ScopeRefusedException($"The scope names the resource '{stranger}', which the scope that it joins does not: its resources are {string.Join(", ", outer.Resources.Keys)}.");
        }

        var scope = new TransactionScope(
            TransactionScopeOption.Required,
            new TransactionOptions { IsolationLevel = options.IsolationLevel ?? IsolationLevel.Unspecified, Timeout = options.Timeout ?? TimeSpan.Zero },
            TransactionScopeAsyncFlowOption.Enabled);
        return new ConcordatScope(scope, outer.Id, static () => { });
    }
}
