namespace Concordat.Testing.Databases;

/// <summary>Database servers refuse to run as root: where the tests do, the server runs as a user who may do nothing else.</summary>
internal static class UnprivilegedUser
{
    /// <param name="preferred">The user that the distribution's package made for this server.</param>
    /// <returns>Null where the tests themselves are unprivileged.</returns>
    internal static string? For(string preferred)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        var user = new[] { preferred, "nobody" }.FirstOrDefault(users.Contains);
        return user is null || Programs.Find("setpriv") is null
            ? throw NotRun.Because($"the tests run as root, a database server may not, and there is no user {preferred} or no setpriv (util-linux)")
            : user;
    }

    /// <summary>
    /// The command, run as that user. The process id stays the same, and so does the signal at the death of the parent, which the
    /// change of the user would clear: it is asked for again.
    /// </summary>
    internal static string[] As(string? user, params string[] command) =>
        user is null ? command : ["setpriv", "--reuid", user, "--regid", GroupOf(user), "--clear-groups", "--pdeathsig", "KILL", .. command];

    private static string GroupOf(string user) => File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == user)[3];
}
