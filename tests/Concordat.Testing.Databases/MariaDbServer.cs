using System.Data.Common;
using System.Text.RegularExpressions;
using MySql.Data.MySqlClient;

namespace Concordat.Testing.Databases;

internal sealed partial class MariaDbServer : DatabaseServer
{
    /// <summary>Where to find a server when its programs are not installed. Its user must have all rights.</summary>
    internal const string Variable = "CONCORDAT_TEST_MARIADB";

    private readonly string _connectionString;

    private MariaDbServer(ServerProcess? process, string connectionString)
        : base("MariaDB", process) => _connectionString = connectionString;

    /// <param name="settings">As after the two dashes of an option, such as <c>innodb-flush-log-at-trx-commit=2</c>.</param>
    internal static async Task<MariaDbServer> StartAsync(params string[] settings)
    {
        if (ServerPrograms.MariaDb("mariadbd") is not { } mariadbd || ServerPrograms.MariaDb("mariadb-install-db") is not { } install)
        {
            return Elsewhere(settings);
        }

        var user = UnprivilegedUser.For("mysql");
        var folder = await ServerFolder.CreateAsync(TextWriter.Null, user);
        var data = Path.Combine(folder, "data");
        var (exitCode, output) = await Child.RunAsync(
            TextWriter.Null,
            UnprivilegedUser.As(user, install, "--no-defaults", $"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"));
        Assert.True(exitCode == 0, $"mariadb-install-db ended with {exitCode}: {output}");
        string[] all =
        [
            "innodb-flush-log-at-trx-commit=1", "innodb-buffer-pool-size=32M", "innodb-log-file-size=32M", "max-connections=300", "skip-log-bin",
            "skip-name-resolve", "bind-address=127.0.0.1", $"datadir={data}", $"socket={folder}/socket", $"pid-file={folder}/pid", .. settings,
        ];
        var process = new ServerProcess("MariaDB", folder, Ready(), port =>
            UnprivilegedUser.As(user, [mariadbd, "--no-defaults", $"--port={port}", .. all.Select(setting => "--" + setting)]));
        await process.StartAsync();
        return new MariaDbServer(process, $"Server=127.0.0.1;Port={process.Port};User ID=root");
    }

    private static MariaDbServer Elsewhere(string[] settings)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } connectionString)
        {
            throw NotRun.Because($"MariaDB's mariadbd and mariadb-install-db are neither on PATH nor in /usr/sbin, and {Variable} is not set");
        }

        return settings is []
            ? new MariaDbServer(null, connectionString)
            : throw NotRun.Because($"the MariaDB server of {Variable} is not this test's to set: {string.Join(", ", settings)}");
    }

    /// <summary>
    /// Not pooled: closing a pooled connection with a prepared branch throws in MySql.Data, and leaks it. Not enlisted: the driver would
    /// take part in a scope by itself.
    /// </summary>
    internal override string ConnectionString(string? database = null) => new MySqlConnectionStringBuilder(_connectionString)
    {
        Database = database ?? "",
        Pooling = false,
        AutoEnlist = false,
        SslMode = MySqlSslMode.Disabled,
    }.ConnectionString;

    private protected override DbDataSource CreateDataSource(string connectionString) => MySqlClientFactory.Instance.CreateDataSource(connectionString);

    private protected override string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>Its prepared branches end with the tests that made them: the server cannot say which are this database's.</summary>
    private protected override Task DropAsync(TestDatabase database) => ExecuteAsync($"DROP DATABASE {Quote(database.Name)}");

    [GeneratedRegex("mariadbd: ready for connections", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ready();
}
