using System.Reflection;
using System.Runtime.Loader;

namespace Concordat.Cli.Databases;

/// <summary>
/// Where a database's driver lives, apart from this program and from other drivers. What it needs comes, in this order, from this program (whose types it must share:
/// System.Data.Common first of all), from what its <c>.deps.json</c> names, and from its folder.
/// </summary>
internal sealed class DriverLoadContext(string file) : AssemblyLoadContext($"driver {Path.GetFileName(file)}")
{
    private readonly string _folder = Path.GetDirectoryName(file)!;
    private readonly AssemblyDependencyResolver? _resolver = File.Exists(Path.ChangeExtension(file, ".deps.json")) ? new AssemblyDependencyResolver(file) : null;

    internal Assembly LoadDriver() => LoadFromAssemblyPath(file);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        try
        {
            return Default.LoadFromAssemblyName(assemblyName);
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException)
        {
            // Not this program's, or in an older version.
        }

        if (_resolver?.ResolveAssemblyToPath(assemblyName) is { } resolved)
        {
            return LoadFromAssemblyPath(resolved);
        }

        var beside = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(beside) ? LoadFromAssemblyPath(beside) : null;
    }

    protected override IntPtr LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver?.ResolveUnmanagedDllToPath(unmanagedDllName) is { } resolved ? LoadUnmanagedDllFromPath(resolved) : IntPtr.Zero;
}
