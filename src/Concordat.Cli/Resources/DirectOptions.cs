using System.CommandLine;
using System.CommandLine.Parsing;
using Concordat.Cli.Databases;
using Concordat.Cli.Output;
using Concordat.Databases;
using Concordat.Server.Databases;

namespace Concordat.Cli.Resources;

/// <summary>How to reach a database from here, for those that the server does not know.</summary>
internal sealed class DirectOptions
{
    private const string ConnectionVariable = "CONCORDAT_CONNECTION";

    private readonly Option<string?> _driver = new("--driver")
    {
        Description = "Look at the database from here, with the ADO.NET driver in this assembly, and not through the server", HelpName = "FILE",
    };

    private readonly Option<string?> _kind = new("--kind") { Description = "With --driver: which database it is; mysql is MariaDB as well", HelpName = "postgres|mysql" };

    private readonly Option<string?> _connection = new("--connection")
    {
        Description = $"With --driver: the connection string. Default: {ConnectionVariable}, which other users of the machine cannot read off the process list", HelpName = "TEXT",
    };

    private readonly Option<string?> _factory = new("--factory") { Description = "With --driver: the full name of its DbProviderFactory, where there are several", HelpName = "TYPE" };

    internal void AddTo(Command command)
    {
        foreach (var option in (Option[])[_driver, _kind, _connection, _factory])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (Given(result, _driver) != Given(result, _kind))
            {
                result.AddError("--driver and --kind go together");
            }
            else if (!Given(result, _driver) && (Given(result, _connection) || Given(result, _factory)))
            {
                result.AddError("--connection and --factory are for looking at the database from here, which --driver and --kind say how to do");
            }
        });
    }

    /// <summary>Null where the server is to do it.</summary>
    /// <exception cref="CommandFailedException">The options do not say how to reach the database, or its driver cannot be loaded.</exception>
    internal DatabaseResource? Database(ParseResult parsed, Terminal terminal, string name)
    {
        if (parsed.GetValue(_driver) is not { } driver)
        {
            return null;
        }

        var kind = parsed.GetValue(_kind);
        if (kind is not ("postgres" or "mysql"))
        {
            throw new CommandFailedException(ExitCode.Usage, $"--kind is '{kind}'; it must be postgres or mysql");
        }

        var connection = parsed.GetValue(_connection) ?? terminal.Variable(ConnectionVariable);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new CommandFailedException(ExitCode.Usage, $"there is no connection string: set {ConnectionVariable}, or give --connection");
        }

        try
        {
            return DatabaseConnecting.Create(name, new DatabaseOptions { Kind = kind, Driver = driver, Factory = parsed.GetValue(_factory), ConnectionString = connection });
        }
        catch (DriverException e)
        {
            throw new CommandFailedException(ExitCode.Error, e.Message);
        }
    }

    private static bool Given(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };
}
