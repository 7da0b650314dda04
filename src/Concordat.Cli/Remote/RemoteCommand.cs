using System.CommandLine;
using System.Net.Http.Headers;
using Concordat.Cli.Output;
using Concordat.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Cli.Remote;

/// <summary>A command that asks a running coordinator. Its failures become messages and exit codes here.</summary>
internal static class RemoteCommand
{
    internal static void SetRemoteAction(
        this Command command, Terminal terminal, ConnectionOptions connection, Func<ParseResult, IConcordatClient, CancellationToken, Task<ExitCode>> action) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var services = Services(terminal, parsed.GetValue(connection.Server), parsed.GetValue(connection.Token));
            try
            {
                return (int)await action(parsed, services.GetRequiredService<IConcordatClient>(), cancellationToken);
            }
            catch (ConcordatException e)
            {
                throw new CommandFailedException(ExitCodeOf(e), e.Message);
            }
        });

    internal static ExitCode ExitCodeOf(ConcordatException failure) => failure switch
    {
        CoordinatorUnreachableException or CoordinatorOverloadedException => ExitCode.Unreachable,
        OutcomeNotKnownException => ExitCode.Timeout,
        TransactionRolledBackException => ExitCode.AbortedOrConflict,
        RequestRefusedException { Status: 404 or 410 } => ExitCode.NotFound,
        RequestRefusedException { Status: 409 or 422 } => ExitCode.AbortedOrConflict,
        RequestRefusedException { Status: 400 } => ExitCode.Usage,
        _ => ExitCode.Error,
    };

    private static ServiceProvider Services(Terminal terminal, string? server, string? token)
    {
        server ??= NonEmpty(terminal.Variable("CONCORDAT_SERVER")) ?? ConnectionOptions.DefaultServer;
        token ??= NonEmpty(terminal.Variable("CONCORDAT_TOKEN"));
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new CommandFailedException(
                ExitCode.Usage, $"the server's address is '{server}'; it must be of the form {ConnectionOptions.DefaultServer} (--server or CONCORDAT_SERVER)");
        }

        if (token is not null && token.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            // The token itself is never shown.
            throw new CommandFailedException(ExitCode.Usage, "the token must be visible ASCII characters (--token or CONCORDAT_TOKEN)");
        }

        var services = new ServiceCollection();
        services.AddLogging();
        services.AddConcordatClient(options =>
        {
            options.Address = address;

            // Whoever types a command wants to know now; scripts repeat by exit code.
            options.RetryBudget = TimeSpan.Zero;
        }).Http.ConfigureHttpClient(http =>
        {
            if (token is not null)
            {
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }
        });
        return services.BuildServiceProvider();
    }

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
