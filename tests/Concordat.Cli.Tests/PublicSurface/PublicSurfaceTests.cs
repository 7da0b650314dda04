using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Concordat.Cli.Tests.PublicSurface;

/// <summary>
/// What others may build on, written down: a change of it shows as a change of a file. <c>CONCORDAT_REWRITE=1</c> writes the files anew.
/// </summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Theory]
    [InlineData("Concordat.Abstractions")]
    [InlineData("Concordat.Client")]
    [InlineData("Concordat.Databases")]
    [InlineData("Concordat.Server")]
    [InlineData("Concordat.Log")]
    public void The_public_surface_is_what_is_written_down(string assembly)
    {
        var surface = Describe(Assembly.Load(assembly));
        var file = Path.Combine(Folder(), assembly + ".txt");
        if (Environment.GetEnvironmentVariable("CONCORDAT_REWRITE") == "1")
        {
            File.WriteAllText(file, surface);
        }

        Assert.True(File.Exists(file), $"{file} is missing; write it with CONCORDAT_REWRITE=1 and read it");
        Assert.Equal(File.ReadAllText(file), surface);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(type.IsInterface ? "interface " : type.IsEnum ? "enum " : type.IsValueType ? "struct " : "class ").Append(NameOf(type)).Append('\n');
            var members = type.GetMembers(Declared).Where(IsVisible).Select(Describe).Distinct(StringComparer.Ordinal);
            foreach (var member in members.Order(StringComparer.Ordinal))
            {
                text.Append("  ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>What a compiler generates for records and properties says nothing that the rest does not.</summary>
    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodInfo method => (method.IsPublic || method.IsFamily) && !method.IsSpecialName
            && !method.IsDefined(typeof(CompilerGeneratedAttribute)) && method.Name is not ("ToString" or "Equals" or "GetHashCode" or "Deconstruct"),
        ConstructorInfo constructor => (constructor.IsPublic || constructor.IsFamily) && !constructor.IsDefined(typeof(CompilerGeneratedAttribute)),
        PropertyInfo property => property.GetMethod is { IsPublic: true } && property.Name != "EqualityContract",
        FieldInfo field => field.IsPublic && !field.IsSpecialName,
        EventInfo => true,
        _ => false,
    };

    private static string Describe(MemberInfo member) => member switch
    {
        MethodInfo m => $"{NameOf(m.ReturnType)} {m.Name}{Parameters(m)}",
        ConstructorInfo c => $"new{Parameters(c)}",
        PropertyInfo p => $"{NameOf(p.PropertyType)} {p.Name} {{ get;{(p.SetMethod is { IsPublic: true } ? " set;" : "")} }}",
        FieldInfo { IsLiteral: true } f => $"const {f.Name} = {f.GetRawConstantValue()}",
        FieldInfo f => $"{NameOf(f.FieldType)} {f.Name}",
        _ => member.ToString()!,
    };

    private static string Parameters(MethodBase method) =>
        $"({string.Join(", ", method.GetParameters().Select(p => $"{NameOf(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? " = …" : "")}"))})";

    private static string NameOf(Type type)
    {
        if (!type.IsGenericType)
        {
            return type.IsArray ? NameOf(type.GetElementType()!) + "[]" : type.Namespace is "System" ? type.Name : type.FullName ?? type.Name;
        }

        var name = type.Name.Split('`')[0];
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
    }
}
