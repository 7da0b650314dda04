using System.Collections.Concurrent;

namespace Concordat.EndToEnd.Tests.Harness;

internal enum Verb
{
    Prepare,
    Commit,
    Rollback,
}

internal sealed record Call(Verb Verb, string Transaction, string Branch, bool OnePhase);

/// <param name="Status">0: says nothing until the caller goes away. -1: cuts the connection.</param>
internal sealed record Reply(int Status, string Body = "{}")
{
    internal static Reply Silence { get; } = new(0);

    internal static Reply Cut { get; } = new(-1);

    internal static Reply Yes { get; } = new(200, """{"vote":"yes"}""");

    internal static Reply Done { get; } = new(204);
}

/// <summary>
/// A participant written from the contract, inside the test. By itself it is honest: it votes yes, does what it is told, once, and
/// remembers. A script may come before, after or instead of that. What the coordinator must never do is noted in <see cref="Violations"/>.
/// </summary>
internal sealed class ScriptedParticipant(string name)
{
    internal delegate Task<Reply> Script(Call call, Func<Reply> honest);

    private enum State
    {
        Unknown,
        Prepared,
        Committed,
        RolledBack,
    }

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Transaction, string Branch), State> _branches = [];

    internal string Name => name;

    internal Script? OnPrepare { get; set; }

    internal Script? OnCommit { get; set; }

    internal Script? OnRollback { get; set; }

    internal ConcurrentQueue<Call> Calls { get; } = new();

    internal ConcurrentQueue<string> Violations { get; } = new();

    internal int Count(Verb verb) => Calls.Count(c => c.Verb == verb);

    /// <summary>The one transaction that it was asked about.</summary>
    internal string Transaction => Assert.Single(Calls.Select(c => c.Transaction).Distinct());

    internal bool HasPrepared(string transaction) => StateOf(transaction) == State.Prepared;

    internal bool HasCommitted(string transaction) => StateOf(transaction) == State.Committed;

    internal bool HasRolledBack(string transaction) => StateOf(transaction) == State.RolledBack;

    internal int Committed
    {
        get
        {
            lock (_lock)
            {
                return _branches.Values.Count(s => s == State.Committed);
            }
        }
    }

    internal Task IsAskedAsync(Verb verb, int times = 1) => Until.TrueAsync($"{name} is asked to {verb} {times} time(s)", () => Count(verb) >= times);

    internal Task<Reply> AnswerAsync(Call call)
    {
        Calls.Enqueue(call);
        var script = call.Verb switch
        {
            Verb.Prepare => OnPrepare,
            Verb.Commit => OnCommit,
            _ => OnRollback,
        };
        return script is null ? Task.FromResult(Honest(call)) : script(call, () => Honest(call));
    }

    private State StateOf(string transaction)
    {
        lock (_lock)
        {
            return _branches.SingleOrDefault(b => b.Key.Transaction == transaction).Value;
        }
    }

    private Reply Honest(Call call)
    {
        lock (_lock)
        {
            var key = (call.Transaction, call.Branch);
            var state = _branches.GetValueOrDefault(key);
            switch (call.Verb, state)
            {
                case (Verb.Prepare, State.RolledBack):
                    return new Reply(409);
                case (Verb.Prepare, State.Unknown):
                    _branches[key] = State.Prepared;
                    return Reply.Yes;
                case (Verb.Prepare, _):
                    return Reply.Yes;
                case (Verb.Commit, State.Unknown or State.Committed) when call.OnePhase:
                    _branches[key] = State.Committed;
                    return Reply.Yes;
                case (Verb.Commit, State.Prepared):
                    _branches[key] = State.Committed;
                    return Reply.Done;
                case (Verb.Rollback, State.Unknown or State.Prepared):
                    _branches[key] = State.RolledBack;
                    return Reply.Done;
                case (Verb.Commit, State.Committed) or (Verb.Rollback, State.RolledBack):
                    return Reply.Done;
                default:
                    Violations.Enqueue($"{name} was told to {call.Verb} branch {call.Branch} of {call.Transaction}, which is {state}");
                    return new Reply(call.Verb == Verb.Commit ? 410 : 409);
            }
        }
    }
}
