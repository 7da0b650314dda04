using System.Runtime.InteropServices;

namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>What the tests start. Both programs lie beside the tests, so they are of the same configuration.</summary>
internal static class Programs
{
    private static readonly string Dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    internal static string[] Concordat(params string[] arguments) => [Dotnet, Path.Combine(AppContext.BaseDirectory, "concordat.dll"), .. arguments];

    internal static string[] Participant(params string[] arguments) =>
        [Dotnet, Path.Combine(AppContext.BaseDirectory, "Concordat.EndToEnd.Participant.dll"), .. arguments];

    internal static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
