using System.Data.Common;
using System.Reflection;

namespace Concordat.Cli.Databases;

/// <summary>
/// Drivers by the file of their assembly. No version of any driver is part of this program: that is the operator's choice, as is that the code in that file is
/// run here.
/// </summary>
internal static class Drivers
{
    private const string Instance = "Instance";

    /// <param name="factory">The full name of the type; null where the assembly has only one.</param>
    /// <exception cref="DriverException">The message says what is wrong, and what to do.</exception>
    internal static DbProviderFactory Load(string file, string? factory)
    {
        var path = Path.GetFullPath(file);
        if (!File.Exists(path))
        {
            throw new DriverException($"there is no file {path}; give the driver's assembly, such as /opt/drivers/Npgsql.dll");
        }

        try
        {
            return InstanceOf(TypeIn(new DriverLoadContext(path).LoadDriver(), path, factory), path);
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or UnauthorizedAccessException or TypeLoadException or TargetInvocationException)
        {
            throw new DriverException($"{path} cannot be loaded as a driver: {(e as TargetInvocationException)?.InnerException?.Message ?? e.Message}", e);
        }
    }

    private static Type TypeIn(Assembly driver, string path, string? factory)
    {
        if (factory is not null)
        {
            return driver.GetType(factory, throwOnError: false) is { } named && named.IsSubclassOf(typeof(DbProviderFactory))
                ? named
                : throw new DriverException($"{path} has no type {factory} that is a DbProviderFactory{Among(Factories(driver))}");
        }

        return Factories(driver) switch
        {
            [var only] => only,
            [] => throw new DriverException($"{path} has no DbProviderFactory: it is not the assembly of an ADO.NET driver"),
            var several => throw new DriverException($"{path} has several: say which{Among(several)}"),
        };
    }

    private static List<Type> Factories(Assembly driver)
    {
        Type?[] types;
        try
        {
            types = driver.GetExportedTypes();
        }
        catch (Exception e) when (e is ReflectionTypeLoadException or FileNotFoundException or FileLoadException)
        {
            // Some type needs what is not there; the factory may not.
            types = LoadableOf(driver);
        }

        return [.. types.OfType<Type>().Where(t => t is { IsPublic: true, IsAbstract: false } && t.IsSubclassOf(typeof(DbProviderFactory)))];
    }

    private static Type?[] LoadableOf(Assembly driver)
    {
        try
        {
            return driver.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return e.Types;
        }
    }

    /// <summary>By the convention of ADO.NET, a static field or property.</summary>
    private static DbProviderFactory InstanceOf(Type type, string path)
    {
        const BindingFlags Static = BindingFlags.Public | BindingFlags.Static;
        return (type.GetField(Instance, Static)?.GetValue(null) ?? type.GetProperty(Instance, Static)?.GetValue(null)) as DbProviderFactory
            ?? throw new DriverException($"{type.FullName} of {path} has no static member {Instance}");
    }

    private static string Among(List<Type> types) => types.Count == 0 ? "" : $"; it has {string.Join(", ", types.Select(t => t.FullName))}";
}

/// <summary>A driver cannot be loaded, or does not take its connection string.</summary>
internal sealed class DriverException(string message, Exception? cause = null) : Exception(message, cause);
