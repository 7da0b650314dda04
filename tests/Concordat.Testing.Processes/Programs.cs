using System.Runtime.InteropServices;

namespace Concordat.Testing.Processes;

/// <summary>What tests start. Our own programs lie beside the tests, so they are of the same configuration.</summary>
internal static class Programs
{
    private static readonly string Dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    internal static string[] Concordat(params string[] arguments) => Beside("concordat.dll", arguments);

    internal static string[] Beside(string assembly, params string[] arguments) => [Dotnet, Path.Combine(AppContext.BaseDirectory, assembly), .. arguments];

    internal static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
