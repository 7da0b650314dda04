using System.Data.Common;
using Concordat.Client.Resources;
using Concordat.Databases.Branches;

namespace Concordat.Databases;

/// <summary>One open branch of a transaction, and the connection that belongs to it.</summary>
internal sealed class DatabaseBranch(DatabaseResource resource, Branch branch) : IOnePhaseBranch
{
    private Preparation? _prepared;

    public string Resource => resource.Name;

    public string BranchId => branch.Name.Branch;

    internal DbConnection Connection => branch.Connection;

    /// <summary>Null where the database's branches are none of the driver's transactions.</summary>
    internal DbTransaction? Transaction => branch.Transaction;

    /// <exception cref="BranchNotPreparedException">It is not prepared, or not certainly so.</exception>
    public async Task<ResourceVote> PrepareAsync(CancellationToken cancellationToken)
    {
        _prepared ??= await branch.PrepareAsync(cancellationToken).ConfigureAwait(false);
        return _prepared switch
        {
            Preparation.Prepared prepared => new ResourceVote(Vote.Yes, prepared.Evidence),
            Preparation.ReadOnly => new ResourceVote(Vote.ReadOnly, Evidence: null),
            Preparation.Refused refused => throw new BranchNotPreparedException(resource.Name, refused.Reason, refused.Code, inner: null),
            Preparation.Unknown unknown => throw new BranchNotPreparedException(resource.Name, unknown.Cause.Message, code: null, unknown.Cause),
            _ => throw new InvalidOperationException(_prepared.ToString()),
        };
    }

    /// <exception cref="BranchNotPreparedException">It cannot be committed.</exception>
    public async Task<ResourceVote> OfferOnePhaseAsync(CancellationToken cancellationToken)
    {
        switch (await branch.OfferOnePhaseAsync(cancellationToken).ConfigureAwait(false))
        {
            case OnePhaseOffer.Ready ready:
                return new ResourceVote(Vote.Yes, ready.Evidence);
            case OnePhaseOffer.Refused refused:
                throw new BranchNotPreparedException(resource.Name, refused.Reason, refused.Code, inner: null);
            default:
                _prepared = new Preparation.ReadOnly();
                return new ResourceVote(Vote.ReadOnly, Evidence: null);
        }
    }

    public async Task<OnePhaseResult> CommitOnePhaseAsync(CancellationToken cancellationToken) =>
        await branch.CommitOnePhaseAsync(cancellationToken).ConfigureAwait(false) switch
        {
            OnePhase.Committed => new OnePhaseResult(Fate.Committed),
            OnePhase.RolledBack refused => new OnePhaseResult(Fate.RolledBack, new BranchNotPreparedException(resource.Name, refused.Reason, refused.Code, inner: null)),
            OnePhase.Unknown unknown => new OnePhaseResult(Fate: null, unknown.Cause),
            var other => throw new InvalidOperationException(other.ToString()),
        };

    public Task FinishAsync(Outcome outcome, CancellationToken cancellationToken) => _prepared switch
    {
        null => branch.RollbackAsync(cancellationToken),
        Preparation.Prepared { Evidence: var evidence } => resource.FinishAsync(branch, outcome, evidence, cancellationToken),
        Preparation.Unknown => resource.FinishAsync(branch, outcome, evidence: null, cancellationToken),
        _ => Task.CompletedTask,
    };

    public ValueTask DisposeAsync() => branch.Connection.DisposeAsync();
}

/// <summary>A database refused to prepare a branch, or its answer was lost.</summary>
public sealed class BranchNotPreparedException(string resource, string reason, string? code, Exception? inner)
    : Exception($"resource '{resource}': {reason}", inner)
{
    public string Resource { get; } = resource;

    /// <summary>The SQLSTATE, or the driver's number of the error, such as 40P01 or 1213 for a deadlock; null where there is none.</summary>
    public string? Code { get; } = code;
}
