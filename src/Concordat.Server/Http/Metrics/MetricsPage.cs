using System.Globalization;
using System.Reflection;
using Concordat.Server.Databases;
using Concordat.Server.Engine;

namespace Concordat.Server.Http;

/// <summary>The engine's counts and this edge's, as Prometheus reads them.</summary>
internal static class MetricsPage
{
    private static readonly string Version =
        typeof(MetricsPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static string Render(EngineState state, EngineCounts counts, WaitGate gate, IReachedDatabases databases)
    {
        var page = new PrometheusText();
        Transactions(page, counts);
        Calls(page, counts);
        Locks(page, counts);
        Sagas(page, counts);
        Log(page, counts);
        Server(page, state, counts, gate);
        Databases(page, databases);
        return page.ToString();
    }

    private static void Transactions(PrometheusText page, EngineCounts counts)
    {
        page.Counter("concordat_transactions_begun_total", "Transactions begun since the start.", counts.Begun);
        page.Family("concordat_transactions_total", "counter", "Transactions decided since the start, by outcome.")
            .Sample("concordat_transactions_total", ("outcome", "committed"), counts.Committed)
            .Sample("concordat_transactions_total", ("outcome", "aborted"), counts.Aborted);

        page.Family("concordat_transaction_active", "gauge", "Transactions that have not ended, by state.");
        foreach (var state in (ReadOnlySpan<TransactionState>)[
            TransactionState.Active, TransactionState.Preparing, TransactionState.Prepared, TransactionState.Committing, TransactionState.Aborting])
        {
            page.Sample("concordat_transaction_active", ("state", state.ToString().ToLowerInvariant()), counts.ByState.GetValueOrDefault(state));
        }

        page.Gauge("concordat_transaction_oldest_age_seconds", "Age of the oldest transaction that has not ended.", counts.OldestAgeSeconds);
        page.Gauge("concordat_transactions_undecided", "Transactions that are not decided.", counts.Undecided);
        page.Gauge("concordat_transactions_open", "Transactions that have not ended.", counts.Open);
        page.Gauge("concordat_transactions_history", "Finished transactions that are kept.", counts.History);
        page.Gauge("concordat_hazards", "Branches that answered what cannot be true and wait for a person.", counts.Hazards);
        page.Counter("concordat_heuristics_total", "Branches settled by hand since the start.", counts.HeuristicsRecorded);
    }

    private static void Calls(PrometheusText page, EngineCounts counts)
    {
        page.Gauge("concordat_participants", "Registered participants.", counts.Participants);
        page.Counter("concordat_branch_calls_total", "Calls sent to participants since the start.", counts.CallsSent);
        page.Counter("concordat_branch_calls_failed_total", "Calls to participants that are to be repeated, since the start.", counts.CallsFailed);
    }

    private static void Locks(PrometheusText page, EngineCounts counts)
    {
        page.Gauge("concordat_locks_held", "Keys that transactions hold, each holder counted.", counts.LocksHeld);
        page.Gauge("concordat_locks_waiting", "Requests that wait for a lock.", counts.LocksWaiting);
        page.Counter("concordat_deadlocks_total", "Deadlocks found and broken since the start.", counts.Deadlocks);
        page.Family("concordat_lock_wait_seconds", "histogram", "How long those who waited for locks and got them have waited.");
        for (var i = 0; i < WaitTimes.Bounds.Count; i++)
        {
            page.Sample("concordat_lock_wait_seconds_bucket", ("le", WaitTimes.Bounds[i].ToString(CultureInfo.InvariantCulture)), counts.LockWaits.UpTo[i]);
        }

        page.Sample("concordat_lock_wait_seconds_bucket", ("le", "+Inf"), counts.LockWaits.Count)
            .Sample("concordat_lock_wait_seconds_sum", counts.LockWaits.SumSeconds)
            .Sample("concordat_lock_wait_seconds_count", counts.LockWaits.Count);
    }

    private static void Sagas(PrometheusText page, EngineCounts counts)
    {
        page.Counter("concordat_sagas_begun_total", "Sagas begun since the start.", counts.SagasBegun);
        page.Family("concordat_sagas_total", "counter", "Sagas that ended since the start, by outcome.")
            .Sample("concordat_sagas_total", ("outcome", "completed"), counts.SagasCompleted)
            .Sample("concordat_sagas_total", ("outcome", "compensated"), counts.SagasCompensated);
        page.Family("concordat_sagas_active", "gauge", "Sagas that have not ended, by state. Those that are stuck need a person.");
        foreach (var state in (ReadOnlySpan<SagaState>)[SagaState.Running, SagaState.Compensating, SagaState.Stuck])
        {
            page.Sample("concordat_sagas_active", ("state", state.ToString().ToLowerInvariant()), counts.SagasByState.GetValueOrDefault(state));
        }

        page.Counter("concordat_saga_steps_resolved_total", "Steps of sagas that people undid by hand, since the start.", counts.StepsResolved);
    }

    private static void Log(PrometheusText page, EngineCounts counts)
    {
        page.Gauge("concordat_log_size_bytes", "Size of the log's files.", counts.LogSizeBytes);
        page.Gauge("concordat_log_room_bytes", "Preallocated room that is left in the log.", counts.LogRoomBytes);
        page.Gauge("concordat_log_full", "1 while the log has no room and no transaction is begun.", counts.LogIsFull ? 1 : 0);
        page.Counter("concordat_log_appended_bytes_total", "Bytes appended to the log since the start.", counts.LogBytesAppended);
        page.Counter("concordat_log_syncs_total", "Syncs of the log since the start.", counts.LogSyncs);
        page.Gauge("concordat_log_sync_last_duration_seconds", "How long the last sync of the log took.", counts.LastSyncSeconds);
    }

    /// <summary>Of those that this server sweeps, as their last sweeps found them. A sweep that fails leaves them as they were, and grows older.</summary>
    private static void Databases(PrometheusText page, IReachedDatabases databases)
    {
        var agents = databases.Names.Select(name => (Name: name, Agent: databases.AgentOf(name)!)).ToList();
        if (agents.Count == 0)
        {
            return;
        }

        page.Family("concordat_resource_prepared", "gauge", "Branches that the last sweep of a database found prepared and left so, by class.");
        foreach (var (name, agent) in agents)
        {
            foreach (var (what, count) in agent.Prepared)
            {
                page.Sample("concordat_resource_prepared", [("resource", name), ("class", what)], count);
            }
        }

        page.Family("concordat_resource_prepared_oldest_age_seconds", "gauge", "Age of the oldest of them; 0 where there is none, or the database does not say.");
        foreach (var (name, agent) in agents)
        {
            page.Sample("concordat_resource_prepared_oldest_age_seconds", ("resource", name), agent.OldestAgeSeconds ?? 0);
        }

        page.Family("concordat_resource_swept", "gauge", "1 where the last attempt to sweep a database came to its end.");
        foreach (var (name, agent) in agents)
        {
            page.Sample("concordat_resource_swept", ("resource", name), agent is { LastSweepAt: not null, Failure: null } ? 1 : 0);
        }

        page.Family("concordat_resource_last_sweep_timestamp_seconds", "gauge", "When the last sweep that came to its end listed a database, in seconds since 1970; 0 before the first.");
        foreach (var (name, agent) in agents)
        {
            page.Sample("concordat_resource_last_sweep_timestamp_seconds", ("resource", name), agent.LastSweepAt?.ToUnixTimeMilliseconds() / 1000.0 ?? 0);
        }
    }

    private static void Server(PrometheusText page, EngineState state, EngineCounts counts, WaitGate gate)
    {
        page.Gauge("concordat_ready", "1 while recovery is done and work is taken.", state == EngineState.Ready ? 1 : 0);
        page.Gauge("concordat_recovery_duration_seconds", "How long the recovery at the start took.", counts.RecoverySeconds);
        page.Gauge("concordat_http_waiting_requests", "Requests that wait for an outcome or an end.", gate.Waiting);
        page.Counter("concordat_http_waiting_refused_total", "Requests refused because too many waited.", gate.Refused);
        page.Family("concordat_build_info", "gauge", "The version that runs; always 1.").Sample("concordat_build_info", ("version", Version), 1);
    }
}
