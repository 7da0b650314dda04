using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Cli.Remote;
using Concordat.Client;

namespace Concordat.Cli.Resources;

/// <summary><c>concordat resources …</c></summary>
internal static class ResourceCommands
{
    internal static Command Create(Terminal terminal)
    {
        var connection = new ConnectionOptions();
        var resources = new Command("resources", "The databases that take part without a service before them, and what is prepared there")
        {
            List(terminal, connection), Prepared(terminal, connection), Reconcile(terminal, connection),
        };
        connection.AddTo(resources);
        return resources;
    }

    private static string FromHere(string command) =>
        $"concordat resources {command} orders --kind postgres --driver /opt/drivers/Npgsql.dll   # from here; CONCORDAT_CONNECTION says where it is";

    private static Argument<string> NameArgument() => new("name") { Description = "The resource's name" };

    private static CommandWithExamples List(Terminal terminal, ConnectionOptions connection)
    {
        var output = RowOption.Create();
        var list = new CommandWithExamples(
            "list", "All resources, and what the server's own sweeps of them have seen", "concordat resources list", "concordat resources list -o csv")
        {
            output,
        };
        list.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var all = await ((ConcordatClient)client).ListResourcesAsync(cancellationToken);
            ResourceTables.Resources.Write(terminal, parsed.GetValue(output), all.Items);
            return ExitCode.Ok;
        });
        return list;
    }

    private static CommandWithExamples Prepared(Terminal terminal, ConnectionOptions connection)
    {
        var name = NameArgument();
        var direct = new DirectOptions();
        var output = RowOption.Create();
        var prepared = new CommandWithExamples(
            "prepared",
            "What is prepared in a database now, whose it is, and what a sweep would do with it. Changes nothing",
            "concordat resources prepared orders",
            "concordat resources prepared orders -o jsonl | jq -r 'select(.class == \"foreign\") | .name'",
            FromHere("prepared"))
        {
            name, output,
        };
        direct.AddTo(prepared);
        prepared.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var resource = parsed.GetRequiredValue(name);
            var own = (ConcordatClient)client;
            var list = direct.Database(parsed, terminal, resource) is { } database
                ? await DirectWork.PreparedAsync(own, database, cancellationToken)
                : await own.GetPreparedAsync(resource, cancellationToken);
            ResourceTables.Prepared.Write(terminal, parsed.GetValue(output), list.Items);
            return ExitCode.Ok;
        });
        return prepared;
    }

    private static CommandWithExamples Reconcile(Terminal terminal, ConnectionOptions connection)
    {
        var name = NameArgument();
        var direct = new DirectOptions();
        var output = RowOption.Create();
        var reconcile = new CommandWithExamples(
            "reconcile",
            "Sweep a database now: finish what is decided, and say what was found and done. Exit code 1: something could not be finished",
            "concordat resources reconcile orders",
            FromHere("reconcile"))
        {
            name, output,
        };
        direct.AddTo(reconcile);
        reconcile.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var resource = parsed.GetRequiredValue(name);
            var own = (ConcordatClient)client;
            var answer = direct.Database(parsed, terminal, resource) is { } database
                ? await DirectWork.ReconcileAsync(own, database, cancellationToken)
                : await own.ReconcileAsync(resource, cancellationToken);
            ResourceTables.Write(terminal, parsed.GetValue(output), answer);
            foreach (var failure in answer.Failures)
            {
                await terminal.Error.WriteLineAsync($"concordat: {failure.Branch}: {Tables.Printable(failure.Error)}");
            }

            return answer.Failures.Count == 0 ? ExitCode.Ok : ExitCode.Error;
        });
        return reconcile;
    }
}
