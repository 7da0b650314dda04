namespace Concordat.Server.Tests.Http;

internal static class Repository
{
    public static string Read(string path)
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Concordat.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests do not run inside the repository");
        }

        return File.ReadAllText(Path.Combine(directory, path));
    }
}
